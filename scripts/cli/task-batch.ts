// The same change of several tasks that are named: each is changed, and what could not be is said.

import type { Changed } from './already.js';
import { CommandError, EXIT, type ExitCode, isOutcomeUnknown } from './exit.js';
import type { Invocation } from './invocation.js';
import { withProgress } from './progress.js';
import { counted } from './text.js';

/** Named in one line. */
const SHOWN = 10;
/** As many requests at once. */
const TOGETHER = 8;

/** What is done to each task, in the forms that the texts need. */
export interface BatchVerb {
  readonly base: string;
  readonly past: string;
  readonly going: string;
}

interface NotChanged {
  readonly task: string;
  readonly code: string;
  readonly message: string;
}

export async function changeAll(
  invocation: Invocation,
  verb: BatchVerb,
  ids: readonly string[],
  change: (id: string) => Promise<Changed>,
): Promise<ExitCode | undefined> {
  const batch = new Batch(verb, ids, change);
  await withProgress(invocation, `${verb.going} ${counted(ids.length, 'task')}`, (say) => batch.run(say));
  report(invocation, batch);
  if (batch.stoppedBy !== undefined) throw withRest(batch.stoppedBy, verb);
  return batch.notChanged.length === 0 ? undefined : EXIT.failed;
}

/** Goes on when one task is refused, and stops at what all the others would meet as well, such as a hub that is gone. */
class Batch {
  readonly changed: string[] = [];
  /** Before this command. */
  readonly already: string[] = [];
  readonly notChanged: NotChanged[] = [];
  /** The hub may have changed them without being able to say so. */
  readonly unknown: string[] = [];
  readonly untouched: string[] = [];
  stoppedBy: CommandError | undefined;

  constructor(
    readonly verb: BatchVerb,
    readonly ids: readonly string[],
    private readonly change: (id: string) => Promise<Changed>,
  ) {}

  async run(say: (text: string) => void): Promise<void> {
    const left = [...this.ids];
    const work = async () => {
      while (this.stoppedBy === undefined) {
        const id = left.shift();
        if (id === undefined) return;
        await this.#change(id);
        say(`${this.verb.past} ${this.changed.length} of ${this.ids.length}`);
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, work));
    this.untouched.push(...left);
  }

  async #change(id: string): Promise<void> {
    try {
      const { already } = await this.change(id);
      (already ? this.already : this.changed).push(id);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#refused(id, error);
    }
  }

  #refused(id: string, error: CommandError): void {
    if (error.exit === EXIT.failed) {
      this.notChanged.push({ task: id, code: error.code, message: error.message });
      return;
    }
    this.stoppedBy ??= error;
    (isOutcomeUnknown(error) ? this.unknown : this.untouched).push(id);
  }
}

function report({ out }: Invocation, { verb, ...batch }: Batch): void {
  const { changed, already, notChanged, unknown, untouched, ids } = batch;
  const past = capital(verb.past);
  if (already.length > 0) out.note(`Already ${verb.past} (${already.length}): ${listed(already)}`);
  for (const { task, message } of notChanged) out.warning(`Task ${task} was not ${verb.past}: ${message}`);
  if (unknown.length > 0) out.warning(`Not confirmed by the hub (${unknown.length}): ${listed(unknown)}`);
  if (untouched.length > 0) out.warning(`Still to ${verb.base} (${untouched.length}): ${listed(untouched)}`);
  const isStopped = batch.stoppedBy !== undefined;
  out.answer(
    {
      [verb.past]: changed,
      ...(already.length > 0 && { [`already${past}`]: already }),
      [`not${past}`]: notChanged,
      ...(isStopped && { unknown, untouched }),
    },
    () =>
      isStopped
        ? `${past} ${changed.length} of ${counted(ids.length, 'task')}.`
        : `${past} ${counted(changed.length, 'task')}.`,
  );
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function listed(ids: readonly string[]): string {
  const rest = ids.length - SHOWN;
  return ids.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function withRest(error: CommandError, { past }: BatchVerb): CommandError {
  const again = `Then run the same command again; what is ${past} stays ${past}.`;
  return error.withRemedy(error.remedy === undefined ? again : `${error.remedy}\n${again}`);
}
