// One task with all there is to say about it. Texts that are stored apart are fetched when they are others than before; a task that has left
// memory comes from the archive.

import type { LiveTask, LiveTaskTexts, LiveTaskWhy, TaskView } from '@agentcom/schemas';
import type { View } from '../../access/view.js';
import type { UnfilledTask } from '../../core/task/view.js';
import { RowsSource } from '../rows-source.js';
import type { LivePorts, LiveSource } from '../source.js';

/** Why it waits may be different although nothing about it has changed, ms. */
const REFRESH_MS = 2_000;
const REST_MS = 100;

export interface TaskAsked {
  readonly org: string;
  readonly task: string;
  /** Something was fetched: look again. */
  readonly wake: () => void;
  /** There is no such task. */
  readonly onMissing: () => void;
}

type Texts = Pick<TaskView, 'prompt' | 'data' | 'result'>;
type Row = LiveTask | LiveTaskTexts | LiveTaskWhy;

export function taskSource({ org, task: id, wake, onMissing }: TaskAsked, ports: LivePorts): LiveSource {
  const texts = new TaskTexts(ports, wake);
  /** Undefined until it was looked for; null when it is not there. */
  let archived: TaskView | null | undefined;
  let isLooking = false;
  const findArchived = (): void => {
    if (isLooking) return;
    isLooking = true;
    ports.archived(org, id).then(
      (found) => {
        archived = found;
        isLooking = false;
        wake();
      },
      () => {
        isLooking = false;
      },
    );
  };
  return new RowsSource({
    topics: ['task', 'agent', 'halt'],
    restMs: REST_MS,
    refreshMs: REFRESH_MS,
    rowsOf: ({ view, now }) => {
      const unfilled = view.taskView(id);
      if (unfilled !== undefined) {
        archived = undefined;
        const filled = texts.of(unfilled);
        if (filled === undefined) return undefined;
        const { prompt: _prompt, data: _data, result: _result, ...rest } = unfilled;
        return { rows: rowsOf({ ...rest, ...filled }, whyOf(view, id, now, ports)), total: 1 };
      }
      if (archived === undefined) return void findArchived();
      const left = archived === null ? undefined : view.archived(archived);
      if (left === undefined) return void onMissing();
      return { rows: rowsOf(left, { id: 'why', ...view.whyEnded(left) }), total: 1 };
    },
  });
}

function whyOf(view: View, id: string, now: number, { signsOf }: LivePorts): LiveTaskWhy | undefined {
  const why = view.why(id, now, signsOf);
  return why && { id: 'why', ...why };
}

function rowsOf({ id: task, prompt, data, ...rest }: TaskView, why: LiveTaskWhy | undefined): Row[] {
  return [
    { ...rest, id: 'task', task },
    { id: 'texts', prompt, ...(data !== undefined && { data }) },
    ...(why === undefined ? [] : [why]),
  ];
}

/** The texts of one task, as they were fetched last. */
class TaskTexts {
  readonly #ports: LivePorts;
  readonly #wake: () => void;
  #key = '';
  #texts: Texts | undefined;
  #fetching = '';

  constructor(ports: LivePorts, wake: () => void) {
    this.#ports = ports;
    this.#wake = wake;
  }

  /** Undefined until they are there. */
  of(task: UnfilledTask): Texts | undefined {
    const key = JSON.stringify([task.prompt, task.data, task.result]);
    if (key === this.#key) return this.#texts;
    if (key === this.#fetching) return undefined;
    this.#fetching = key;
    this.#ports.fill(task).then(
      ({ prompt, data, result }) => {
        if (this.#fetching !== key) return;
        this.#key = key;
        this.#texts = { prompt, ...(data !== undefined && { data }), ...(result !== undefined && { result }) };
        this.#wake();
      },
      () => {
        // The store is out of reach: tried again with the next look.
        if (this.#fetching === key) this.#fetching = '';
      },
    );
    return undefined;
  }
}
