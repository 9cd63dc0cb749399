// A sidecar's link in virtual time: the real link machine, its connections, and its requests with the answers they wait for, driven as
// `sidecar/src/link` drives them.

import type { Holding, HoldingVerdict, HubFrame, HubFrameOf, SidecarFrame } from '@agentcom/schemas';
import type { Action, RequestError } from '@agentcom/sidecar/core/job';
import { LINK_BEGIN, type LinkAction, type LinkEvent, type LinkState, linkStep } from '@agentcom/sidecar/core/link';
import { Connection, type Link, type SidecarEnd } from './network.js';
import type { Process } from './process.js';
import type { World } from './world.js';

const ANSWER_WITHIN_MS = 30_000;

export type Request = Extract<Action, { do: 'send' }>;
export type TaskFrame = HubFrameOf<'task.assign' | 'task.cancel' | 'task.answer'>;

export interface LinkListener {
  holding(): Holding | undefined;
  welcomed(verdict: HoldingVerdict | null): void;
  lost(): void;
  task(frame: TaskFrame): void;
  answered(request: Request, error: RequestError | null): void;
}

export class SimLink implements SidecarEnd {
  /** The way to the hubs; it outlives the process. */
  readonly link: Link = { isCut: false };
  #state: LinkState = LINK_BEGIN;
  #connection: Connection | null = null;
  readonly #waiting = new Map<string, Request>();
  #ids = 0;
  #instance = 0;

  constructor(
    private readonly world: World,
    readonly process: Process & { readonly name: string; readonly capabilities: readonly string[] },
    private readonly listener: LinkListener,
  ) {}

  get isOnline(): boolean {
    return this.#state.phase === 'online';
  }

  start(): void {
    this.#state = LINK_BEGIN;
    this.#connection = null;
    this.#waiting.clear();
    this.#instance++;
    this.#feed({ type: 'start' });
  }

  /** The process died under its socket. */
  abandon(): void {
    this.#connection?.closeBySidecar();
    this.#connection = null;
  }

  request(request: Request): void {
    if (!this.isOnline) return;
    const id = `r${++this.#ids}`;
    this.#waiting.set(id, request);
    this.say({ ...request.frame, id } as SidecarFrame);
    this.process.later(ANSWER_WITHIN_MS, () => {
      if (!this.#waiting.delete(id)) return;
      this.listener.answered(request, { code: 'link.unanswered', message: 'no answer in time', retryable: true });
    });
  }

  say(frame: SidecarFrame): void {
    this.#connection?.toHub(frame);
  }

  opened(connection: Connection): void {
    if (connection === this.#connection) this.#feed({ type: 'opened' });
  }

  turnedAway(connection: Connection, status: number): void {
    if (connection !== this.#connection) return;
    this.#connection = null;
    this.#feed({ type: 'turned_away', status });
  }

  heard(connection: Connection): void {
    if (connection === this.#connection) this.#feed({ type: 'heard' });
  }

  closed(connection: Connection, code: number): void {
    if (connection !== this.#connection) return;
    this.world.trace.note(this.process.name, 'closed', connection.id, code);
    this.#connection = null;
    this.#feed({ type: 'closed', code, reason: '' });
  }

  receive(connection: Connection, frame: HubFrame): void {
    if (connection !== this.#connection) return;
    this.world.trace.note(this.process.name, '<-', connection.id, frame);
    this.#feed({ type: 'heard' });
    switch (frame.type) {
      case 'welcome':
        if (this.#state.phase !== 'greeting') return;
        this.#feed({ type: 'welcomed', heartbeatMs: frame.heartbeatSeconds * 1000 });
        return this.listener.welcomed(frame.holding);
      case 'ok':
        return this.#answered(frame.re, null);
      case 'error': {
        const { code, message, retryable, retryAfterMs } = frame;
        const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
        if (frame.re === HELLO) return this.#feed({ type: 'unwelcome', code, retryable, ...wait });
        return this.#answered(frame.re, { code, message, retryable, ...wait });
      }
      case 'task.assign':
      case 'task.cancel':
      case 'task.answer':
        if (this.isOnline) this.listener.task(frame);
    }
  }

  #answered(re: string | number | undefined, error: RequestError | null): void {
    const id = String(re);
    const request = this.#waiting.get(id);
    if (request === undefined) return;
    this.#waiting.delete(id);
    this.listener.answered(request, error);
  }

  #feed(event: LinkEvent): void {
    const wasOnline = this.isOnline;
    const { random, schedule } = this.world;
    const { state, actions } = linkStep(this.#state, event, schedule.now, random.next());
    const before = this.#state;
    this.#state = state;
    if (wasOnline && state.phase !== 'online') {
      this.#waiting.clear();
      this.listener.lost();
    }
    if (state.dueAt !== before.dueAt && state.dueAt !== Number.POSITIVE_INFINITY) this.#wake(state.dueAt);
    for (const action of actions) this.#do(action);
  }

  #wake(dueAt: number): void {
    this.process.later(dueAt - this.world.schedule.now, () => {
      if (this.#state.dueAt === dueAt) this.#feed({ type: 'due' });
    });
  }

  #do(action: LinkAction): void {
    switch (action.do) {
      case 'connect':
        return this.#connect();
      case 'hello':
        return this.#hello();
      case 'heartbeat':
        return this.say({ type: 'heartbeat' });
      case 'drop':
        return this.abandon();
    }
  }

  #connect(): void {
    const { connections, hubs, newId, random } = this.world;
    const hub = random.pick(hubs);
    if (!hub.isUp) {
      return this.process.later(random.between(1, 50), () => {
        if (this.#connection === null) this.#feed({ type: 'closed', code: 1006, reason: '' });
      });
    }
    const connection = new Connection(this.world, newId(), this.link, this.process.name, hub.gateway, this);
    connections.add(connection);
    this.#connection = connection;
  }

  #hello(): void {
    const holding = this.listener.holding();
    const { name, capabilities } = this.process;
    this.say({
      type: 'hello',
      id: HELLO,
      agent: { name, capabilities, version: '1', host: 'simulated', os: 'none' },
      instance: `${name}-${this.#instance}`,
      ...(holding !== undefined && { holding }),
    });
  }
}

const HELLO = 'hello';
