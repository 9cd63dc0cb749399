// The load on a hub, run as a process of its own: submitters and agents over real sockets.

import type { Machine } from '../support/api.js';
import { takeOrders } from './agents.js';
import { HubLine } from './hub-line.js';

export interface Opening {
  readonly url: string;
  readonly machines: readonly Machine[];
  readonly capabilities: readonly string[];
}

export interface Submission {
  readonly count: number;
  /** Submissions that wait for their answer at any one time. */
  readonly outstanding: number;
  readonly promptBytes: number;
  readonly needs: readonly string[];
  /** Sets the idempotency keys of this order apart from those of others. */
  readonly run: string;
}

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
  readonly promptBytes: number;
  readonly needs: readonly string[];
  readonly run: string;
}

const OPENING_AT_ONCE = 32;

let lines: HubLine[] = [];

const orders = {
  /** Orders are taken up in turn, so whatever was given before is under way. */
  async ready(_: null): Promise<void> {},

  /** Connects the machines and says hello for each. */
  async open({ url, machines, capabilities }: Opening): Promise<void> {
    for (let from = 0; from < machines.length; from += OPENING_AT_ONCE) {
      const some = machines.slice(from, from + OPENING_AT_ONCE);
      lines.push(...(await Promise.all(some.map((machine) => HubLine.open(url, machine, capabilities)))));
    }
  },

  /** Closed loop: submits all of them; done when each is confirmed. */
  async submit({ count, outstanding, promptBytes, needs, run }: Submission): Promise<void> {
    let next = 0;
    const submitter = async (line: HubLine): Promise<void> => {
      while (next < count) {
        const number = next++;
        await line.ok(submission(`job ${number}`, `${run}-${number}`, promptBytes, needs));
      }
    };
    await raceLines(Promise.all(Array.from({ length: outstanding }, (_, i) => submitter(lineOf(i)))));
  },

  /** Takes whatever is offered, accepts, completes; done when `count` completions are confirmed. */
  async work({ count }: { readonly count: number }): Promise<void> {
    let done = 0;
    await raceLines(
      new Promise<void>((resolve, reject) => {
        for (const line of lines) {
          line.onAssign = (offer) => {
            line.finish(offer).then(() => {
              if (++done === count) resolve();
            }, reject);
          };
        }
      }),
    );
  },

  /**
   * Open loop: submits on a fixed schedule, whatever the hub does, and measures each task from the time it was due to be submitted
   * until its offer arrives. The first half of the lines submits, the second works. Answers in ms.
   */
  async pace({ perSecond, seconds, promptBytes, needs, run }: Pace): Promise<{ readonly latenciesMs: number[] }> {
    const count = perSecond * seconds;
    const dueAt = new Float64Array(count);
    const latenciesMs: number[] = [];
    const half = lines.length / 2;
    const all = new Promise<void>((resolve, reject) => {
      for (const line of lines.slice(half)) {
        line.onAssign = (offer) => {
          latenciesMs.push(performance.now() - (dueAt[Number(offer.task.title)] ?? Number.NaN));
          line.finish(offer).then(() => {
            if (latenciesMs.length === count) resolve();
          }, reject);
        };
      }
      const startAt = performance.now();
      let next = 0;
      const submitDue = (): void => {
        const now = performance.now();
        for (; next < count && startAt + (next * 1000) / perSecond <= now; next++) {
          dueAt[next] = startAt + (next * 1000) / perSecond;
          lineOf(next % half)
            .ok(submission(String(next), `${run}-${next}`, promptBytes, needs))
            .catch(reject);
        }
        if (next < count) setTimeout(submitDue, 1);
      };
      submitDue();
    });
    await raceLines(all);
    return { latenciesMs };
  },

  async close(_: null): Promise<void> {
    for (const line of lines) line.close();
    lines = [];
  },
};
export type HubLoad = typeof orders;

/** Every prompt is another one, so that nothing can be stored once for many. */
function submission(
  title: string,
  key: string,
  promptBytes: number,
  needs: readonly string[],
): Record<string, unknown> {
  return { type: 'task.submit', idempotencyKey: key, title, prompt: `${key} `.padEnd(promptBytes, 'x'), needs };
}

function lineOf(index: number): HubLine {
  return lines[index % lines.length] as HubLine;
}

/** A socket that ends during the work ends the work. */
function raceLines<T>(work: Promise<T>): Promise<T> {
  const broken = new Promise<never>((_resolve, reject) => {
    for (const line of lines) line.onEnd = reject;
  });
  return Promise.race([work, broken]);
}

takeOrders(orders);
