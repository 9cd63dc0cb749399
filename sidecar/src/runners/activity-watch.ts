// Looks for activity of a run that prints nothing: busy processes, and calls to its sidecar, which leave their time on the socket's file.

import { statSync } from 'node:fs';
import type { RunState } from '../core/run-model.js';
import { type ProcessSet, processesOf } from '../host/attempt-processes.js';
import { ProcessLoad } from '../host/process-load.js';
import type { RunSpec } from './run-files.js';

const LOOK_MS_MIN = 250;
const LOOK_MS_MAX = 10_000;

export class ActivityWatch {
  readonly #processes: ProcessSet;
  readonly #socket: string | undefined;
  readonly #inactivityMs: number | null;
  readonly #lookEveryMs: number;
  readonly #load = new ProcessLoad();
  #lookAt = 0;
  #calledAt: number;

  constructor(processes: ProcessSet, { tag, plan }: Pick<RunSpec, 'tag' | 'plan'>) {
    this.#processes = processes;
    this.#socket = tag.AGENTCOM_SOCKET;
    this.#inactivityMs = plan.inactivityMs;
    this.#lookEveryMs = Math.min(LOOK_MS_MAX, Math.max(LOOK_MS_MIN, (plan.inactivityMs ?? 0) / 8));
    this.#calledAt = this.#lastCall();
  }

  /** Only from half of the allowed silence on: a look at all processes costs something. `now`: monotonic, ms. */
  isActive({ lastActivityAt, openCalls, leaveBy, isEnding }: RunState, now: number): boolean {
    if (this.#inactivityMs === null || openCalls.size > 0 || leaveBy !== null || isEnding) return false;
    if (now - lastActivityAt < this.#inactivityMs / 2) {
      this.#load.forget();
      return false;
    }
    if (now < this.#lookAt) return false;
    this.#lookAt = now + this.#lookEveryMs;
    const calledAt = this.#lastCall();
    const hasCalled = calledAt !== this.#calledAt;
    this.#calledAt = calledAt;
    return this.#load.isBusy(processesOf(this.#processes), now) || hasCalled;
  }

  #lastCall(): number {
    try {
      return this.#socket === undefined ? 0 : statSync(this.#socket).mtimeMs;
    } catch {
      return 0;
    }
  }
}
