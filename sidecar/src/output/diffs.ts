// What attempts have changed, on its way to the hub: of the one that is held, and of those that have ended until the hub has it.

import type { HubFrameOf } from '@agentcom/schemas';
import { type AttemptId, idOf, sameAttempt } from '../core/attempt.js';
import type { Job, Phase } from '../core/job-model.js';
import { AttemptDiff, type AttemptDiffParts } from './attempt-diff.js';

/** Attempts whose diff is on its way at the same time. */
const SENDERS_MAX = 8;

/** The agent may be changing something. */
const AT_WORK: ReadonlySet<Phase> = new Set(['running', 'blocked', 'checking']);
const BEFORE_WORK: ReadonlySet<Phase> = new Set(['assigned', 'preparing']);
/** There is a result once the checks were passed, or nothing more comes. */
const OVER: ReadonlySet<Phase> = new Set(['reporting', 'stopped']);

export class Diffs {
  readonly #parts: AttemptDiffParts;
  readonly #senders = new Map<string, AttemptDiff>();
  #job: { readonly job: Job; readonly dir: string } | null = null;
  /** Of which result a diff was wanted last. */
  #result = '';
  /** Somebody wants to see the work of the job in hand, which has not begun. */
  #isAsked = false;
  #isOnline = false;
  /** Not every hub does; undefined before the first welcome. */
  #takesDiffs: boolean | undefined;
  #isStopped = false;

  constructor(parts: AttemptDiffParts) {
    this.#parts = parts;
  }

  /** The job as it is now; null when there is none. */
  follow(job: Job | null, dir: string): void {
    this.#job = job && { job, dir };
    if (job === null) this.#isAsked = false;
    if (job?.workspace?.kind !== 'git') return;
    const { checked, phase } = job;
    if (this.#isAsked && AT_WORK.has(phase)) this.#look(job, dir);
    if ((checked === null || AT_WORK.has(phase)) && !OVER.has(phase)) return;
    const result = `${nameOf(idOf(job))} ${checked?.commit ?? ''}`;
    if (result === this.#result) return;
    this.#result = result;
    this.#senderOf(idOf(job), dir)?.want(job, 'result');
  }

  /** Somebody wants to see the work of the attempt as it is now. */
  asked({ task, generation }: HubFrameOf<'task.diff.request'>): void {
    const held = this.#job;
    if (held === null || !sameAttempt(idOf(held.job), { task, generation })) return;
    if (AT_WORK.has(held.job.phase)) this.#look(held.job, held.dir);
    else this.#isAsked = BEFORE_WORK.has(held.job.phase);
  }

  /** The attempt is over, and its directory is somewhere else. Resolves when nothing of it is to be sent any more, or everything stops. */
  async ended(job: Job, dir: string): Promise<void> {
    const sender = job.workspace?.kind === 'git' ? this.#senderOf(idOf(job), dir) : undefined;
    if (sender === undefined) return;
    sender.moved(dir);
    await sender.idle();
    if (!this.#isStopped) await this.#end(nameOf(idOf(job)), sender);
  }

  /** Resolves when the hub has what there is of the attempt, or after so many ms. */
  async settled(attempt: AttemptId, withinMs: number): Promise<void> {
    const sender = this.#senders.get(nameOf(attempt));
    if (sender === undefined || !this.#isOnline) return;
    let late: NodeJS.Timeout | undefined;
    const wait = new Promise<void>((resolve) => {
      late = setTimeout(resolve, withinMs);
    });
    await Promise.race([sender.idle(), wait]);
    clearTimeout(late);
  }

  /** Whether its worktree may still have to be looked at, or its directory read. */
  isSending(attempt: AttemptId): boolean {
    return this.#senders.has(nameOf(attempt));
  }

  linked(takesDiffs: boolean): void {
    this.#isOnline = true;
    this.#takesDiffs = takesDiffs;
    for (const [name, sender] of [...this.#senders]) {
      if (takesDiffs) sender.linked();
      else void this.#end(name, sender);
    }
  }

  lost(): void {
    this.#isOnline = false;
    for (const sender of this.#senders.values()) sender.lost();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#senders.values()].map((sender) => sender.stop()));
  }

  #senderOf(attempt: AttemptId, dir: string): AttemptDiff | undefined {
    const name = nameOf(attempt);
    const known = this.#senders.get(name);
    if (known !== undefined) return known;
    if (this.#takesDiffs === false || this.#isStopped || this.#senders.size >= SENDERS_MAX) return undefined;
    const sender = new AttemptDiff(attempt, dir, this.#parts);
    this.#senders.set(name, sender);
    if (this.#isOnline) sender.linked();
    return sender;
  }

  #look(job: Job, dir: string): void {
    this.#isAsked = false;
    this.#senderOf(idOf(job), dir)?.want({ ...job, checked: null }, 'working');
  }

  async #end(name: string, sender: AttemptDiff): Promise<void> {
    await sender.stop();
    if (this.#senders.get(name) === sender) this.#senders.delete(name);
  }
}

function nameOf({ task, generation }: AttemptId): string {
  return `${task} ${generation}`;
}
