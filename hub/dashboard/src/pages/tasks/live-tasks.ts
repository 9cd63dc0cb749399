// The list of tasks as the page keeps it, however long it is: its first rows, and those near what is in sight, each live.

import type { LiveView, TaskSummary } from '@agentcom/schemas';
import type { Subscriber } from '@agentcom/schemas/live-connection';
import { parseSort, rowOrder } from '@agentcom/schemas/query';
import { type ReadonlySignal, type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from '../../api/problem.js';
import { connection } from '../../live/live.js';
import { LongList, NEAR_ROWS, type PartName } from '../../live/long-list.js';
import { askedQuery } from '../../ui/query-days.js';

/** Of the first rows, so many are asked for; more where no others can be asked for by their place. */
const FIRST_ROWS = [200, 1_000, 5_000] as const;
/** While somebody scrolls, rows are asked for only so often. */
const ASK_EVERY_MS = 150;

export interface TaskRows {
  /** Whether the hub has answered. */
  readonly isKnown: boolean;
  readonly total: number | undefined;
  readonly shown: readonly TaskSummary[];
  readonly waiting: LongList<TaskSummary>['waiting'];
  readonly gone: ReadonlySet<string>;
  /** There are more, and they cannot be shown. */
  readonly isCut: boolean;
}

export interface LiveTasks {
  readonly list: ReadonlySignal<TaskRows>;
  /** Why the hub refused the view; the rows shown before stay. */
  readonly error: ReadonlySignal<ApiError | undefined>;
  /** Shows the new rows, all of them in order. */
  readonly showNew: () => void;
  /** While somebody points at the list or has selected rows, what is gone stays where it was. */
  readonly hold: (isHeld: boolean) => void;
  /** Which rows are in sight, by their numbers from 0. */
  readonly look: (first: number, last: number) => void;
}

const NONE: TaskRows = {
  isKnown: false,
  total: undefined,
  shown: [],
  waiting: { count: 0, isMore: false },
  gone: new Set(),
  isCut: false,
};

export function useTasks(q: string, sort: string | undefined): LiveTasks {
  const list = useSignal(NONE);
  const error = useSignal<ApiError | undefined>(undefined);
  const asked = askedQuery('tasks', q);
  const store = useMemo(() => new TaskStore(asked, sort, list, error), [asked, sort]);
  useEffect(() => store.follow(), [store]);
  return { list, error, showNew: store.showNew, hold: store.hold, look: store.look };
}

class TaskStore {
  readonly #order: ReturnType<typeof parseSort>['sort'];
  readonly #isPaged: boolean;
  #rows: LongList<TaskSummary>;
  readonly #leave: Partial<Record<PartName, () => void>> = {};
  #first = 0;
  #near: TaskSummary | undefined;
  #seen = { first: 0, last: 0 };
  #isHeld = false;
  #isDrawing = false;
  #asking: ReturnType<typeof setTimeout> | undefined;
  #isOver = true;

  constructor(
    private readonly q: string,
    private readonly sort: string | undefined,
    private readonly drawn: Signal<TaskRows>,
    private readonly error: Signal<ApiError | undefined>,
  ) {
    this.#order = parseSort('tasks', sort).sort;
    // When a task was submitted never changes.
    this.#isPaged = this.#order?.key === 'age';
    this.#rows = this.#empty();
  }

  follow(): () => void {
    this.#isOver = false;
    this.#rows = this.#empty();
    this.drawn.value = NONE;
    this.error.value = undefined;
    this.#subscribeFirst();
    return () => {
      this.#isOver = true;
      clearTimeout(this.#asking);
      this.#asking = undefined;
      this.#leave.first?.();
      this.#leave.near?.();
    };
  }

  readonly showNew = (): void => {
    this.#rows.showAll();
    this.#draw();
    this.#askSoon();
  };

  readonly hold = (isHeld: boolean): void => {
    this.#isHeld = isHeld;
    if (!isHeld) this.#draw();
  };

  readonly look = (first: number, last: number): void => {
    this.#seen = { first, last };
    this.#askSoon();
  };

  #empty(): LongList<TaskSummary> {
    const order = this.#order;
    const compare = order === undefined ? () => 0 : rowOrder('tasks', order);
    return new LongList<TaskSummary>({ compare, isPaged: this.#isPaged });
  }

  #askSoon(): void {
    if (this.#isOver) return;
    this.#asking ??= setTimeout(() => {
      this.#asking = undefined;
      this.#ask();
    }, ASK_EVERY_MS);
  }

  /** For the rows that are missing with those in sight. */
  #ask(): void {
    const { first, last } = this.#seen;
    if (!this.#isPaged) {
      if (!this.#rows.isKnown || !this.#rows.needsMore(last) || this.#first === FIRST_ROWS.length - 1) return;
      this.#first++;
      return this.#subscribeFirst();
    }
    const from = this.#rows.nearFrom(first, last);
    if (from?.id === this.#near?.id) return;
    this.#near = from;
    this.#leave.near?.();
    if (from === undefined) return this.#rows.end('near');
    const side = this.#order?.descending === true ? '>=' : '<=';
    this.#subscribe('near', NEAR_ROWS, from, `${this.q} created:${side}${from.createdAt}`);
  }

  #subscribeFirst(): void {
    const limit = FIRST_ROWS[this.#first] as number;
    this.#leave.first?.();
    this.#subscribe('first', limit, undefined, this.q);
  }

  #subscribe(name: PartName, limit: number, from: TaskSummary | undefined, q: string): void {
    const { sort } = this;
    const asked = {
      kind: 'tasks' as const,
      limit,
      ...(q !== '' && { q: q.trim() }),
      ...(sort !== undefined && { sort }),
    };
    this.#rows.begin(name, limit, from);
    this.#leave[name] = connection.subscribe(asked satisfies LiveView, this.#subscriber(name));
  }

  #subscriber(name: PartName): Subscriber {
    const drawAndAsk = (): void => {
      this.#draw();
      this.#askSoon();
    };
    return {
      onSnapshot: (frame) => {
        this.#rows.onSnapshot(name, { ...frame, items: frame.items as unknown as readonly TaskSummary[] });
        drawAndAsk();
      },
      onDelta: (frame) => {
        this.#rows.onDelta(name, { ...frame, put: frame.put as unknown as readonly TaskSummary[] });
        drawAndAsk();
      },
      onReset: () => {
        if (name === 'first') this.#reset();
      },
      onError: ({ code, message, details = [], retryAfterMs }) => {
        if (name === 'near') return;
        const fields = new Map(details.map((detail) => [detail.path, detail.message]));
        this.error.value = new ApiError(code, 0, message, fields, retryAfterMs);
      },
    };
  }

  /** The hub has another journal; what the first rows were asked for with, it is asked for again. */
  #reset(): void {
    this.#rows = this.#empty();
    this.#rows.begin('first', FIRST_ROWS[this.#first] as number);
    this.#leave.near?.();
    this.#near = undefined;
    this.#draw();
  }

  #draw(): void {
    if (!this.#isHeld) this.#rows.dropGone();
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    // No browser draws a frame of a page that nobody sees.
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      if (this.#isOver) return;
      const { isKnown, total, shown, waiting, gone, isAtEnd, isBounded } = this.#rows;
      const isAll = !this.#isPaged && this.#first === FIRST_ROWS.length - 1;
      this.drawn.value = {
        isKnown,
        total,
        shown,
        waiting,
        gone: new Set(gone),
        isCut: !isAtEnd && (isBounded || isAll),
      };
    });
  }
}
