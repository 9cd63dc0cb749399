// What a halt has to stop, run as a process of its own: agents that hold one task each, and beside them whole tasks at a fixed pace.

import type { Machine } from '../support/api.js';
import { eventually } from '../support/wait.js';
import { takeOrders } from './agents.js';
import { type Assigned, HubLine } from './hub-line.js';

export interface Opening {
  readonly url: string;
  readonly submitters: readonly Machine[];
  readonly workers: readonly Machine[];
  readonly holders: readonly Machine[];
}

/** Wall times, ms. */
export interface Receipts {
  /** When the last of the agents that held a task was told to stop. */
  readonly lastStopMs: number;
  /** When anybody was last offered a task. */
  readonly lastOfferMs: number;
}

const OPENING_AT_ONCE = 32;
const PROMPT = 'Do it. '.padEnd(1024, 'x');
const READY_TIMEOUT_MS = 60_000;
/** Of what is submitted in a second: so much may be under way when a halt begins. */
const BACKLOG_SHARE = 0.2;

let submitters: readonly HubLine[] = [];
let workers: readonly HubLine[] = [];
let holders: readonly HubLine[] = [];
const holding = new Set<HubLine>();
let lastStopMs = 0;
let lastOfferMs = 0;
let submitted = 0;
let completed = 0;
let pacePerSecond = 0;
let pacing: NodeJS.Timeout | undefined;
let broken: Error | undefined;

const orders = {
  async open(opening: Opening): Promise<void> {
    submitters = await openAll(opening.url, opening.submitters, []);
    workers = await openAll(opening.url, opening.workers, ['bench']);
    holders = await openAll(opening.url, opening.holders, ['hold']);
    for (const line of workers) {
      line.onAssign = (offer) => void work(line, offer);
      line.onCancel = (attempt) => void stopped(line, attempt);
    }
    for (const line of holders) {
      line.onAssign = (offer) => void hold(line, offer);
      line.onCancel = (attempt) => {
        lastStopMs = Date.now();
        holding.delete(line);
        void stopped(line, attempt);
      };
    }
  },

  /** A task for each holder, and from now on so many a second for the others. */
  async begin({ perSecond }: { readonly perSecond: number }): Promise<void> {
    await Promise.all(holders.map((_, number) => submit(`hold-${number}`, 'hold')));
    pacePerSecond = perSecond;
    const startAt = performance.now();
    const submitDue = (): void => {
      for (; startAt + (submitted * 1000) / perSecond <= performance.now(); submitted++)
        submit(`task-${submitted}`, 'bench').catch(breakOff);
      pacing = setTimeout(submitDue, 1);
    };
    submitDue();
  },

  /** Waits until every holder has its task, and the others have caught up. */
  async ready(_: null): Promise<void> {
    await eventually('full load', READY_TIMEOUT_MS, () => {
      if (broken !== undefined) throw broken;
      const isCaughtUp = submitted - completed <= BACKLOG_SHARE * pacePerSecond;
      return (holding.size === holders.length && isCaughtUp) || undefined;
    });
  },

  /** Waits until every holder was told to stop, and whatever was on its way to anybody has come. */
  async receipts(_: null): Promise<Receipts> {
    await eventually('the stop of every holder', READY_TIMEOUT_MS, () => holding.size === 0 || undefined);
    await Promise.all([...workers, ...holders].map((line) => line.ask({ type: 'heartbeat' })));
    return { lastStopMs, lastOfferMs };
  },

  async end(_: null): Promise<{ readonly completed: number }> {
    clearTimeout(pacing);
    for (const line of [...submitters, ...workers, ...holders]) line.close();
    if (broken !== undefined) throw broken;
    return { completed };
  },
};
export type HaltLoad = typeof orders;

async function openAll(url: string, machines: readonly Machine[], skills: readonly string[]): Promise<HubLine[]> {
  const lines: HubLine[] = [];
  for (let from = 0; from < machines.length; from += OPENING_AT_ONCE) {
    const some = machines.slice(from, from + OPENING_AT_ONCE);
    lines.push(...(await Promise.all(some.map((machine) => HubLine.open(url, machine, skills)))));
  }
  for (const line of lines) line.onEnd = breakOff;
  return lines;
}

async function submit(key: string, need: string): Promise<void> {
  const line = submitters[submitted % submitters.length] as HubLine;
  await line.ok({ type: 'task.submit', idempotencyKey: key, title: key, prompt: PROMPT, needs: [need] });
}

/** What a halt has taken back meanwhile is refused, and comes again. */
async function work(line: HubLine, { task, generation }: Assigned): Promise<void> {
  lastOfferMs = Date.now();
  const attempt = { task: task.id, generation };
  const accepted = await line.ask({ type: 'task.accept', ...attempt });
  if (accepted.type !== 'ok') return;
  const done = await line.ask({ type: 'task.complete', ...attempt, seq: 1, result: { summary: 'done' } });
  if (done.type === 'ok') completed++;
}

async function hold(line: HubLine, { task, generation }: Assigned): Promise<void> {
  lastOfferMs = Date.now();
  await line.ok({ type: 'task.accept', task: task.id, generation });
  holding.add(line);
}

async function stopped(line: HubLine, attempt: { readonly task: string; readonly generation: number }): Promise<void> {
  const { task, generation } = attempt;
  await line.ok({ type: 'task.stopped', task, generation });
}

function breakOff(error: Error): void {
  broken ??= error;
}

takeOrders(orders);
