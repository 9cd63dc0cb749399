// The same load on BullMQ, run as two processes of this program: one adds the jobs, the other works on them.

import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { takeOrders } from './agents.js';

const QUEUE = 'bench';

let queue: Queue | null = null;
let worker: Worker | null = null;
let onCompleted: () => void = () => undefined;

const orders = {
  /** Orders are taken up in turn, so whatever was given before is under way. */
  async ready(_: null): Promise<void> {},

  async openProducer({ port }: { readonly port: number }): Promise<void> {
    queue = new Queue(QUEUE, { connection: new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null }) });
    await queue.waitUntilReady();
  },

  /** Adds all of them one by one, so many at a time, each with a key of its own; done when each is confirmed. */
  async submit(order: {
    readonly count: number;
    readonly outstanding: number;
    readonly promptBytes: number;
    readonly run: string;
  }): Promise<void> {
    const { count, outstanding, promptBytes, run } = order;
    let next = 0;
    const submitter = async (): Promise<void> => {
      while (next < count) {
        const number = next++;
        const key = `${run}-${number}`;
        await queue?.add('job', { title: `job ${number}`, prompt: `${key} `.padEnd(promptBytes, 'x') }, { jobId: key });
      }
    };
    await Promise.all(Array.from({ length: outstanding }, submitter));
  },

  async openWorker({ port, concurrency }: { readonly port: number; readonly concurrency: number }): Promise<void> {
    const connection = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
    worker = new Worker(QUEUE, async () => ({ summary: 'done' }), { connection, concurrency });
    worker.on('completed', () => onCompleted());
    await worker.waitUntilReady();
  },

  /** Done when `count` jobs are completed, each stored as such. */
  work({ count }: { readonly count: number }): Promise<void> {
    let done = 0;
    return new Promise((resolve, reject) => {
      onCompleted = () => {
        if (++done === count) resolve();
      };
      worker?.on('failed', (_job, error) => reject(error));
      worker?.on('error', reject);
    });
  },
};
export type BullLoad = typeof orders;

takeOrders(orders);
