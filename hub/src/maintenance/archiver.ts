// Finished tasks past the retention leave memory: first archived with their texts in place, then forgotten.

import type { TaskView } from '@agentcom/schemas';
import type { ShardAccess } from '../coordinator/runner.js';
import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';
import { archiveMark } from '../core/task/archive.js';
import { taskView, type UnfilledTask } from '../core/task/view.js';
import { Lifecycle } from '../lifecycle.js';

/** Tasks archived together: few enough that their events fit a batch many times over. */
const PAGE = 200;
const LOOK_EVERY_MS = 1_000;

export interface ArchiverParts {
  readonly shard: ShardAccess;
  readonly fill: (task: UnfilledTask) => Promise<TaskView>;
  /** Durable once it resolves; storing a task again changes nothing. */
  readonly put: (org: string, task: string, json: string) => Promise<void>;
  /** Erases bodies that no task names any more. */
  readonly erase: (refs: readonly string[]) => void;
  readonly onFailed: (error: unknown) => void;
}

export class Archiver extends Lifecycle {
  readonly #parts: ArchiverParts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #leads = false;

  constructor(parts: ArchiverParts) {
    super();
    this.#parts = parts;
  }

  override start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#run();
    }, LOOK_EVERY_MS);
  }

  override onLeading(): void {
    this.#leads = true;
  }

  override onFollowing(): void {
    this.#leads = false;
  }

  /** Waits for the page under way: one that is cut off is archived again, to the same end. */
  protected override async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (!this.isStopping && (await this.#archivePage()));
    } catch (error) {
      this.#parts.onFailed(error);
    }
    if (!this.isStopping) this.start();
  }

  /** Whether there may be more to do at once. */
  async #archivePage(): Promise<boolean> {
    const { shard, fill, put } = this.#parts;
    if (!this.#leads) return false;
    const seen = await shard.read((state) => pastRetention(state, shard.now()).map(seenIn(state)));
    if (seen instanceof Refusal || seen.value.length === 0) return false;
    const due = seen.value;
    await Promise.all(
      due.map(async ({ view }) => {
        const filled = await fill(view);
        await put(view.org, view.id, JSON.stringify(filled));
      }),
    );
    const tasks = due.map(({ view: { id }, mark }) => ({ id, mark }));
    const archived = await shard.execute({ type: 'tasks.archive', tasks }, 'archiver');
    if (!(archived instanceof Refusal)) this.#parts.erase(archived.unusedBodies);
    return due.length === PAGE;
  }
}

/** At most a page of finished tasks that are too old, or too many; the longest finished first. */
export function pastRetention(state: State, now: number): string[] {
  const { finishedSeconds, finishedTasks } = state.config.values.retention;
  const surplus = state.finished.size - finishedTasks;
  const due: string[] = [];
  for (const id of state.finished) {
    const finishedAt = state.tasks.get(id)?.finishedAt ?? 0;
    if (due.length >= surplus && finishedAt + finishedSeconds * 1000 > now) break;
    due.push(id);
    if (due.length === PAGE) break;
  }
  return due;
}

function seenIn(state: State): (id: string) => { readonly view: UnfilledTask; readonly mark: string } {
  return (id) => {
    const task = state.tasks.get(id);
    if (task === undefined) throw new Error(`${id} is in the index of finished tasks and is not there`);
    return { view: taskView(task), mark: archiveMark(task) };
  };
}
