// Drives the link machine: sockets, timers, the hello, heartbeats, and the requests and frames of an open link.

import type {
  AgentIntroduction,
  Cancel,
  Holding,
  HoldingVerdict,
  HubFrame,
  HubFrameOf,
  LogWriter,
  Scheduler,
  SidecarFrameOf,
  Unfit,
} from '@agentcom/schemas';
import { drainingText } from '@agentcom/schemas/idle-agent';
import type { RequestError, RequestFrame } from '../core/job-model.js';
import { type EndCause, LINK_BEGIN, type LinkAction, type LinkEvent, type LinkState, linkStep } from '../core/link.js';
import type { HubLink, TaskFrame } from '../ports.js';
import { type Done, Requests } from './requests.js';
import type { Connect, Wire } from './wire.js';

export interface LinkSettings {
  /** Opens the way to the hub; throws when there can be none. */
  readonly connect: Connect;
  readonly agent: AgentIntroduction;
  /** Another one in each life of the process. */
  readonly instance: string;
  /** The same in each life, and another one for a copy of this sidecar's files. */
  readonly machine?: string;
  readonly scheduler: Scheduler;
  readonly log: LogWriter;
}

/** What is not asked again by itself once the link is lost. */
export type PassingRequest = { [T in PassingType]: Omit<SidecarFrameOf<T>, 'id'> }[PassingType];
type PassingType = 'agents.list' | 'message.send' | 'task.submit' | 'task.diff';

/** What is not answered by its id. */
export type Notice = SidecarFrameOf<'task.output' | 'task.diff.part' | 'message.ack'>;

export interface LinkListener {
  /** What the next hello says is held. */
  holding(): Holding | undefined;
  /** Why this machine cannot work, if so. */
  unfit(): Unfit | undefined;
  health(): Promise<Omit<SidecarFrameOf<'heartbeat'>, 'type' | 'id' | 'unfit'>>;
  /**
   * `graceMs`: how long the hub waits for what was accepted when the link is lost; undefined when it does not say. `takesDiffs`: it knows
   * the frames for them.
   */
  welcomed(
    verdict: HoldingVerdict | null,
    hubTime: string,
    graceMs: number | undefined,
    org: string,
    takesDiffs: boolean,
  ): void;
  /** `heardAt`: when the hub last gave a sign of life. */
  lost(heardAt: number): void;
  task(frame: TaskFrame): void;
  outputTaken(ack: HubFrameOf<'task.output.ack'>): void;
  /** Output was not taken; it may be sent again after so many ms. */
  outputHeldUp(retryAfterMs: number): void;
  diffAsked(frame: HubFrameOf<'task.diff.request'>): void;
  message(frame: HubFrameOf<'message'>): void;
  /** The link will not come back by itself. */
  ended(cause: EndCause): void;
}

export class Link implements HubLink {
  readonly #settings: LinkSettings;
  readonly #listener: LinkListener;
  readonly #requests: Requests;
  #state: LinkState = LINK_BEGIN;
  #wire: Wire | null = null;
  #helloId = '';
  #hellos = 0;
  #cancelDue: Cancel | undefined;
  #dropped: Promise<void> = Promise.resolve();

  constructor(settings: LinkSettings, listener: LinkListener) {
    this.#settings = settings;
    this.#requests = new Requests(settings.scheduler);
    this.#listener = listener;
  }

  start(): void {
    this.#feed({ type: 'start' });
  }

  /** The machine has slept, and the hub may be gone without a word. */
  woke(): void {
    this.#feed({ type: 'woke' });
  }

  /** Resolves when the socket is gone. */
  async stop(): Promise<void> {
    this.#feed({ type: 'stop' });
    await this.#dropped;
  }

  get phase(): LinkState['phase'] {
    return this.#state.phase;
  }

  /** When the hub gave its last sign of life; undefined while there is no link. */
  get heardAt(): number | undefined {
    return this.#state.phase === 'online' ? this.#state.heardAt : undefined;
  }

  request(frame: RequestFrame, done: (error: RequestError | null) => void): void {
    if (this.#state.phase !== 'online') return;
    const id = this.#requests.open(done);
    if (id !== undefined) this.#wire?.send({ ...frame, id });
  }

  /** As `request`, for one that is not asked again: `done` is also told when there is no link, or no longer. */
  ask(frame: PassingRequest, done: Done): void {
    const lost = () => done({ code: 'sidecar.offline', message: 'not connected to the hub', retryable: true }, null);
    if (this.#state.phase !== 'online') return lost();
    const id = this.#requests.open(done, lost);
    if (id !== undefined) this.#wire?.send({ ...frame, id });
  }

  /** Says a heartbeat beside those that are due, for what the hub should know now. */
  tellHealth(): void {
    if (this.#state.phase === 'online') void this.#heartbeat();
  }

  /** False when there is no link to say it on. */
  notify(frame: Notice): boolean {
    return this.#state.phase === 'online' && this.#wire?.send(frame) === true;
  }

  #feed(event: LinkEvent): void {
    const wasOnline = this.#state.phase === 'online';
    const { scheduler } = this.#settings;
    const { dueAt } = this.#state;
    const { state, actions } = linkStep(this.#state, event, scheduler.now(), scheduler.random());
    this.#state = state;
    if (wasOnline && state.phase !== 'online') {
      this.#requests.drop();
      this.#listener.lost(state.heardAt);
    }
    // A timer may come a little early; then the machine stays as it is, and is woken again.
    if (state.dueAt !== dueAt || event.type === 'due') {
      this.#cancelDue?.();
      const inMs = Math.ceil(Math.max(0, state.dueAt - scheduler.now()));
      this.#cancelDue =
        state.dueAt === Number.POSITIVE_INFINITY ? undefined : scheduler.after(inMs, () => this.#feed({ type: 'due' }));
    }
    for (const action of actions) this.#do(action);
  }

  #do(action: LinkAction): void {
    switch (action.do) {
      case 'connect':
        return this.#connect();
      case 'hello':
        return this.#hello();
      case 'heartbeat':
        return void this.#heartbeat();
      case 'ping':
        return this.#wire?.ping();
      case 'drop': {
        const dropped = this.#wire?.drop(action.reason);
        this.#wire = null;
        if (dropped !== undefined) this.#dropped = dropped;
        return;
      }
      case 'say':
        return this.#settings.log[action.level]({}, action.message);
      case 'end':
        return this.#listener.ended(action.cause);
    }
  }

  #connect(): void {
    try {
      this.#wire = this.#settings.connect({
        opened: () => this.#feed({ type: 'opened' }),
        heard: () => this.#feed({ type: 'heard' }),
        frame: (frame) => this.#onFrame(frame),
        unreadable: (problem) => this.#settings.log.warn({}, `ignored an invalid frame from the hub: ${problem}`),
        turnedAway: (status, retryAfterMs, code) =>
          this.#gone({
            ...{ type: 'turned_away', status },
            ...(retryAfterMs !== undefined && { retryAfterMs }),
            ...(code !== undefined && { code }),
          }),
        intercepted: (answer) => this.#gone({ type: 'intercepted', answer }),
        foreign: () => this.#gone({ type: 'foreign' }),
        closed: (code, reason) => this.#gone({ type: 'closed', code, reason }),
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#feed({ type: 'closed', code: 1006, reason });
    }
  }

  #gone(event: LinkEvent): void {
    this.#wire = null;
    this.#feed(event);
  }

  #hello(): void {
    const holding = this.#listener.holding();
    this.#hellos += 1;
    this.#helloId = `hello-${this.#hellos}`;
    const { agent, instance, machine } = this.#settings;
    const said = {
      agent,
      instance,
      ...(machine !== undefined && { machine }),
      ...(holding !== undefined && { holding }),
      ...this.#fitness(),
    };
    this.#wire?.send({ type: 'hello', id: this.#helloId, ...said });
  }

  async #heartbeat(): Promise<void> {
    const wire = this.#wire;
    const health = await this.#listener.health();
    // Asked last: a reason that came meanwhile is not left out.
    if (wire === this.#wire) wire?.send({ type: 'heartbeat', ...health, ...this.#fitness() });
  }

  #fitness(): { unfit?: Unfit } {
    const unfit = this.#listener.unfit();
    return unfit === undefined ? {} : { unfit };
  }

  #onFrame(frame: HubFrame): void {
    switch (frame.type) {
      case 'welcome':
        if (frame.re !== this.#helloId || this.#state.phase !== 'greeting') return;
        this.#feed({ type: 'welcomed', heartbeatMs: frame.heartbeatSeconds * 1000 });
        if (frame.notice !== undefined) this.#settings.log.warn({}, `notice from the hub: ${frame.notice}`);
        return this.#listener.welcomed(
          frame.holding,
          frame.serverTime,
          msOf(frame.offlineGraceSeconds),
          frame.org,
          frame.limits.diffBytes !== undefined,
        );
      case 'ok':
        return this.#settled(frame.re, this.#requests.accept(String(frame.re), frame));
      case 'error':
        return this.#refused(frame);
      case 'task.assign':
      case 'task.cancel':
      case 'task.answer':
      case 'task.turns':
        return this.#state.phase === 'online' ? this.#listener.task(frame) : undefined;
      case 'agent.dismiss':
        return this.#feed({ type: 'dismissed', reason: frame.reason });
      case 'throttled':
        this.#settings.log.warn({}, `the hub is throttling ${frame.action}`);
        return frame.action === 'task.output' ? this.#listener.outputHeldUp(frame.retryAfterMs) : undefined;
      case 'agent.drain':
        return this.#draining(frame.reason);
      case 'agent.resume':
        return this.#settings.log.info({}, `the hub resumed this agent: ${frame.reason}`);
      case 'task.output.ack':
        return this.#state.phase === 'online' ? this.#listener.outputTaken(frame) : undefined;
      case 'task.diff.request':
        return this.#state.phase === 'online' ? this.#listener.diffAsked(frame) : undefined;
      case 'message':
        return this.#state.phase === 'online' ? this.#listener.message(frame) : undefined;
    }
  }

  #draining(reason: string): void {
    const { agent, log } = this.#settings;
    log.warn({ reason }, drainingText(`agent ${agent.name}`, `agentcom agent resume ${agent.name}`));
  }

  #refused(frame: HubFrameOf<'error'>): void {
    const { code, message, retryable, retryAfterMs } = frame;
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    if (frame.re === this.#helloId) return this.#feed({ type: 'unwelcome', code, message, retryable, ...wait });
    if (frame.re === undefined) {
      this.#settings.log.warn({}, `the hub reports ${code}: ${message}`);
      return this.#feed({ type: 'refused', ...wait });
    }
    this.#settled(frame.re, this.#requests.refuse(String(frame.re), { code, message, retryable, ...wait }));
  }

  #settled(id: string | number, wasAsked: boolean): void {
    if (!wasAsked) this.#settings.log.warn({}, `the hub answered an unknown request: ${id}`);
  }
}

function msOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
