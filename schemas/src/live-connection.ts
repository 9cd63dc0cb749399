// One socket to the hub for all that a page, or a terminal, shows. When it breaks it comes back by itself, and goes on where it was: the hub is told up to
// where each view has been seen, and answers with what is different since.

import { CLOSE_CODES } from './limits.js';
import type { LiveFrame, LiveFrameOf, LiveView, PageFrame } from './live.js';

/** As for sidecars: anything up to half a second, doubled each time, at most this. */
const RETRY_MS_MAX = 10_000;
const RETRY_MS = 500;
/** A socket that says nothing for so long, although it was asked, is a dead one. */
const ANSWER_WITHIN_MS = 5_000;

export type ConnectionState = 'off' | 'connecting' | 'live' | 'reconnecting';

export interface Socket {
  send(text: string): void;
  close(): void;
}

/** Told by a socket what happens to it, until it is closed. */
export interface SocketListener {
  opened(): void;
  heard(data: unknown): void;
  closed(code: number): void;
}

export interface ConnectionParts {
  readonly open: (listener: SocketListener) => Socket;
  /** Runs it later; what is returned takes that back. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly random: () => number;
  /** Told when a socket ended that never was one, or whose caller may not have it any more: the session may be over, or another one. */
  readonly onRefused: () => void;
  /** `state` or `hub` is another one. */
  readonly onChange: () => void;
}

/** Whoever shows a view. */
export interface Subscriber {
  onSnapshot(frame: LiveFrameOf<'snapshot'>): void;
  onDelta(frame: LiveFrameOf<'delta'>): void;
  /** What was seen means nothing any more: the hub has another journal, or the caller may no longer see it. */
  onReset(): void;
  /** The last subscription has ended. */
  onError(frame: LiveFrameOf<'error'>): void;
}

interface Subscription {
  readonly view: LiveView;
  readonly subscriber: Subscriber;
  seq: number | undefined;
}

export type HubSaid = Omit<LiveFrameOf<'hub'>, 'type'>;

export class LiveConnection {
  #state: ConnectionState = 'off';
  #hub: HubSaid | undefined;
  readonly #parts: ConnectionParts;
  readonly #subscriptions = new Map<number, Subscription>();
  #socket: Socket | undefined;
  /** It has said which journal it has; before that nothing is asked of it. */
  #isReady = false;
  /** The last that was named. One that has just started names none until it has read it. */
  #journal = '';
  #failures = 0;
  #lastId = 0;
  #forgetRetry: (() => void) | undefined;
  #forgetCheck: () => void = () => undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** What it said of itself last. */
  get hub(): HubSaid | undefined {
    return this.#hub;
  }

  start(): void {
    if (this.#state !== 'off') return;
    this.#become('connecting');
    this.#open();
  }

  stop(): void {
    this.#forgetRetry?.();
    this.#forgetRetry = undefined;
    this.#become('off');
    this.#drop();
  }

  /** The network is back, or somebody looks again: no more waiting, and no trust in a socket that may have died meanwhile. */
  wake(): void {
    if (this.#forgetRetry !== undefined) {
      this.#forgetRetry();
      return this.#open();
    }
    const [first] = this.#subscriptions;
    if (!this.#isReady || first === undefined) return;
    this.#forgetCheck();
    this.#forgetCheck = this.#parts.after(ANSWER_WITHIN_MS, () => {
      this.#drop();
      this.#retry();
    });
    this.#ask(...first);
  }

  /** Until what is returned is called. */
  subscribe(view: LiveView, subscriber: Subscriber): () => void {
    const id = ++this.#lastId;
    const subscription = { view, subscriber, seq: undefined };
    this.#subscriptions.set(id, subscription);
    if (this.#isReady) this.#ask(id, subscription);
    return () => {
      if (this.#subscriptions.delete(id) && this.#isReady) this.#send({ type: 'unsubscribe', id });
    };
  }

  #open(): void {
    this.#forgetRetry = undefined;
    let wasOpen = false;
    const socket: Socket = this.#parts.open({
      opened: () => {
        wasOpen = true;
      },
      heard: (data) => {
        if (socket !== this.#socket) return;
        this.#forgetCheck();
        const frame = parse(data);
        if (frame !== undefined) this.#take(frame);
      },
      closed: (code) => {
        if (socket !== this.#socket) return;
        this.#drop();
        if (code === CLOSE_CODES.notAllowed) this.#forget();
        this.#retry();
        if (!wasOpen || code === CLOSE_CODES.notAllowed) this.#parts.onRefused();
      },
    });
    this.#socket = socket;
  }

  #become(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#parts.onChange();
  }

  #drop(): void {
    this.#forgetCheck();
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isReady = false;
    socket?.close();
  }

  #retry(): void {
    if (this.#hub !== undefined || this.#failures > 0) this.#become('reconnecting');
    const ms = this.#parts.random() * Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** this.#failures++);
    this.#forgetRetry = this.#parts.after(ms, () => this.#open());
  }

  #take(frame: LiveFrame): void {
    if (frame.type === 'hub') return this.#said(frame);
    const id = 'id' in frame ? frame.id : undefined;
    const subscription = id === undefined ? undefined : this.#subscriptions.get(id);
    if (id === undefined || subscription === undefined) return;
    switch (frame.type) {
      case 'snapshot':
        subscription.seq = frame.seq;
        return subscription.subscriber.onSnapshot(frame);
      case 'delta':
        subscription.seq = frame.seq;
        return subscription.subscriber.onDelta(frame);
      case 'error':
        return this.#refused(id, subscription, frame);
    }
  }

  #said({ type: _, ...said }: LiveFrameOf<'hub'>): void {
    this.#hub = said;
    this.#parts.onChange();
    const isOther = this.#journal !== '' && said.journal !== '' && said.journal !== this.#journal;
    if (said.journal !== '') this.#journal = said.journal;
    if (isOther) this.#forget();
    if (this.#isReady && !isOther) return;
    this.#isReady = true;
    this.#failures = 0;
    this.#become('live');
    for (const [id, subscription] of this.#subscriptions) this.#ask(id, subscription);
  }

  #forget(): void {
    for (const subscription of this.#subscriptions.values()) {
      subscription.seq = undefined;
      subscription.subscriber.onReset();
    }
  }

  /** It is asked for again where that may help; what it has shown stays. */
  #refused(id: number, subscription: Subscription, frame: LiveFrameOf<'error'>): void {
    if (!frame.retryable) {
      this.#subscriptions.delete(id);
      return subscription.subscriber.onError(frame);
    }
    this.#parts.after(frame.retryAfterMs ?? RETRY_MS, () => {
      if (this.#isReady && this.#subscriptions.get(id) === subscription) this.#ask(id, subscription);
    });
  }

  #ask(id: number, { view, seq }: Subscription): void {
    this.#send({ type: 'subscribe', id, view, ...(seq !== undefined && { from: seq }) });
  }

  #send(frame: PageFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }
}

/** The hub checks what it sends; what cannot be read is of a newer one. */
function parse(data: unknown): LiveFrame | undefined {
  try {
    const frame: unknown = JSON.parse(String(data));
    const isFrame = typeof frame === 'object' && frame !== null && 'type' in frame;
    return isFrame ? (frame as LiveFrame) : undefined;
  } catch {
    return undefined;
  }
}
