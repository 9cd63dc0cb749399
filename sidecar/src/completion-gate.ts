// Says the loop's reports to the hub. A completion names the last output of its attempt, so that whoever follows the task knows when the
// end has been seen: it waits a moment for that output to be on its way, and for the hub to have what the attempt has changed.

import type { Job, RequestError, RequestFrame } from './core/job-model.js';
import { head } from './core/outbox.js';
import type { Diffs } from './output/diffs.js';
import type { Outputs } from './output/outputs.js';
import type { HubLink } from './ports.js';

/** An agent that prints much has its output paced. Then the completion goes without the number, and followers wait a while. */
const END_WITHIN_MS = 2_000;
/** A sidecar that has said that its task is complete may fall asleep with it. */
const DIFF_WITHIN_MS = 3_000;

type Completion = Extract<RequestFrame, { type: 'task.complete' }>;

export interface CompletionGateParts {
  readonly link: HubLink;
  readonly outputs: Pick<Outputs, 'end'>;
  readonly diffs: Pick<Diffs, 'settled'>;
  /** The job in hand. */
  readonly job: () => Job | null;
}

export class CompletionGate implements HubLink {
  readonly #parts: CompletionGateParts;
  #losses = 0;

  constructor(parts: CompletionGateParts) {
    this.#parts = parts;
  }

  /** The link was lost: what was about to be said is said again over the next. */
  lost(): void {
    this.#losses += 1;
  }

  request(frame: RequestFrame, done: (error: RequestError | null) => void): void {
    if (frame.type === 'task.complete') void this.#complete(frame, done);
    else this.#parts.link.request(frame, done);
  }

  async #complete(frame: Completion, done: (error: RequestError | null) => void): Promise<void> {
    const losses = this.#losses;
    const { outputs, diffs } = this.#parts;
    const [outputSeq] = await Promise.all([outputs.end(frame, END_WITHIN_MS), diffs.settled(frame, DIFF_WITHIN_MS)]);
    if (losses !== this.#losses || !this.#isAwaited(frame)) return;
    this.#parts.link.request(outputSeq === null ? frame : { ...frame, outputSeq }, done);
  }

  /** The attempt may have been cancelled meanwhile. */
  #isAwaited({ task, generation, seq }: Completion): boolean {
    const job = this.#parts.job();
    return job?.task.id === task && job.generation === generation && head(job.outbox)?.seq === seq;
  }
}
