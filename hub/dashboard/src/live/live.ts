// The one connection of this page, and what components take from it.

import type { LiveOverview, LiveRow, LiveView } from '@agentcom/schemas';
import { LIVE_SUBPROTOCOL } from '@agentcom/schemas/limits';
import { type ConnectionState, LiveConnection, type Socket, type Subscriber } from '@agentcom/schemas/live-connection';
import type { LiveViewKind } from '@agentcom/schemas/names';
import { type ReadonlySignal, type Signal, signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from '../api/problem.js';
import { loadSession } from '../session.js';
import { dropGone, emptyList, type LiveList, onDelta, onSnapshot, showAll } from './rows.js';

export const connectionState = signal<ConnectionState>('off');

export const connection: LiveConnection = new LiveConnection({
  // The session comes along in its cookie.
  open: ({ opened, heard, closed }): Socket => {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws/live`, LIVE_SUBPROTOCOL);
    socket.onopen = opened;
    socket.onmessage = ({ data }) => heard(data);
    socket.onclose = ({ code }) => closed(code);
    return socket;
  },
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  onRefused: () => void loadSession(),
  onChange: () => {
    connectionState.value = connection.state;
  },
});

export interface Live<Kind extends LiveViewKind> {
  readonly list: ReadonlySignal<LiveList<LiveRow<Kind>>>;
  /** Why the hub refused the view; the rows shown before stay. */
  readonly error: ReadonlySignal<ApiError | undefined>;
  /** Shows the new rows, all of them in order. */
  readonly showNew: (compare?: (a: LiveRow<Kind>, b: LiveRow<Kind>) => number) => void;
  /** While somebody points at the list or has selected rows, what is gone stays where it was. */
  readonly hold: (isHeld: boolean) => void;
}

/** Comes back at once when the network does, or somebody looks at the page again. */
export function followPage(page: Document): () => void {
  const wake = (): void => {
    if (!page.hidden) connection.wake();
  };
  addEventListener('online', wake);
  page.addEventListener('visibilitychange', wake);
  connection.start();
  return () => {
    removeEventListener('online', wake);
    page.removeEventListener('visibilitychange', wake);
    connection.stop();
  };
}

/** The view for as long as the component is there. Rows are drawn once a frame, and not at all in a hidden tab. */
export function useLive<Kind extends LiveViewKind>(view: LiveView & { readonly kind: Kind }): Live<Kind> {
  const list = useSignal(emptyList<LiveRow<Kind>>());
  const error = useSignal<ApiError | undefined>(undefined);
  const key = JSON.stringify(view);
  const store = useMemo(() => new LiveStore<Kind>(list, error), []);
  useEffect(() => store.follow(view), [key]);
  return useMemo(
    () => ({
      list,
      error,
      showNew: (compare) => store.showNew(compare),
      hold: (isHeld) => store.hold(isHeld),
    }),
    [],
  );
}

/** What the top of every page shows, while somebody is signed in. */
export const overview = signal<LiveOverview | undefined>(undefined);

export function followOverview(): () => void {
  const put = ([row]: readonly { readonly id: string }[]): void => {
    if (row !== undefined) overview.value = row as LiveOverview;
  };
  return connection.subscribe(
    { kind: 'overview' },
    {
      onSnapshot: ({ items }) => put(items),
      onDelta: ({ put: rows }) => put(rows),
      onReset: () => {
        overview.value = undefined;
      },
      onError: () => undefined,
    },
  );
}

class LiveStore<Kind extends LiveViewKind> implements Subscriber {
  #list: LiveList<LiveRow<Kind>> = emptyList();
  #isHeld = false;
  #isDrawing = false;

  constructor(
    private readonly shown: Signal<LiveList<LiveRow<Kind>>>,
    private readonly error: Signal<ApiError | undefined>,
  ) {}

  follow(view: LiveView): () => void {
    this.onReset();
    this.error.value = undefined;
    return connection.subscribe(view, this);
  }

  onSnapshot(frame: Parameters<Subscriber['onSnapshot']>[0]): void {
    this.#set(onSnapshot(this.#list, { ...frame, items: frame.items as unknown as readonly LiveRow<Kind>[] }));
  }

  onDelta(frame: Parameters<Subscriber['onDelta']>[0]): void {
    this.#set(onDelta(this.#list, { ...frame, put: frame.put as unknown as readonly LiveRow<Kind>[] }));
  }

  onReset(): void {
    this.#set(emptyList());
  }

  onError({ code, message, details = [], retryAfterMs }: Parameters<Subscriber['onError']>[0]): void {
    const fields = new Map(details.map((detail) => [detail.path, detail.message]));
    this.error.value = new ApiError(code, 0, message, fields, retryAfterMs);
  }

  showNew(compare?: (a: LiveRow<Kind>, b: LiveRow<Kind>) => number): void {
    this.#set(showAll(this.#list, compare));
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld) this.#set(this.#list);
  }

  #set(list: LiveList<LiveRow<Kind>>): void {
    this.#list = this.#isHeld ? list : dropGone(list);
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    // No browser draws a frame of a page that nobody sees.
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.shown.value = this.#list;
    });
  }
}
