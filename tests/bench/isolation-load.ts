// Those that want to work while others flood the hub, run as a process of its own: tasks at a fixed pace, from many submitters.

import type { Machine } from '../support/api.js';
import { takeOrders } from './agents.js';
import { HubLine } from './hub-line.js';

export interface Course {
  readonly perSecond: number;
  readonly seconds: number;
  /** Sets the idempotency keys of this order apart from those of others. */
  readonly run: string;
}

const NEEDS = ['bench'];

let submitters: HubLine[] = [];
let workers: HubLine[] = [];

const orders = {
  async open(who: {
    readonly url: string;
    readonly submitters: readonly Machine[];
    readonly workers: readonly Machine[];
  }): Promise<void> {
    submitters = await Promise.all(who.submitters.map((machine) => HubLine.open(who.url, machine, [])));
    workers = await Promise.all(who.workers.map((machine) => HubLine.open(who.url, machine, NEEDS)));
  },

  /** Each task from the time it was due to be submitted until its completion is confirmed, ms. */
  async measure({ perSecond, seconds, run }: Course): Promise<{ readonly latenciesMs: number[] }> {
    const count = perSecond * seconds;
    const latenciesMs: number[] = [];
    const dueAt = (number: number): number => startAt + (number * 1000) / perSecond;
    const startAt = performance.now();
    await new Promise<void>((resolve, reject) => {
      for (const line of [...submitters, ...workers]) line.onEnd = reject;
      for (const line of workers) {
        line.onAssign = (offer) => {
          line.finish(offer).then(() => {
            latenciesMs.push(performance.now() - dueAt(Number(offer.task.title)));
            if (latenciesMs.length === count) resolve();
          }, reject);
        };
      }
      let next = 0;
      const submitDue = (): void => {
        for (; next < count && dueAt(next) <= performance.now(); next++) {
          const title = String(next);
          const task = {
            type: 'task.submit',
            idempotencyKey: `${run}-${title}`,
            title,
            prompt: 'Do it.',
            needs: NEEDS,
          };
          submitters[next % submitters.length]?.ok(task).catch(reject);
        }
        if (next < count) setTimeout(submitDue, 1);
      };
      submitDue();
    });
    return { latenciesMs };
  },
};
export type IsolationLoad = typeof orders;

takeOrders(orders);
