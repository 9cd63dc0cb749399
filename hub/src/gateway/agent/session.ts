// One sidecar's session: the hello comes first, then frames in order, each answered once what it asked for is durable. It does no I/O: frames
// come from a wire and go to one, commands go to the shard, whose answers come back by `deliver`. Somewhat long: each frame has its way through it.

import {
  CLOSE_CODES,
  type HubFrameOf,
  LIMITS,
  type RefusalBody,
  type RequestId,
  type Scheduler,
  type SidecarFrame,
  type SidecarFrameOf,
} from '@agentcom/schemas';
import type { Limits } from '../../access/limits.js';
import { FRAME_ACTIONS, refuse } from '../../access/policy.js';
import { type Bodies, BodyWriter } from '../../bodies/body-writer.js';
import type { CoordinatorOutput } from '../../coordinator/ports.js';
import type { ShardAccess } from '../../coordinator/runner.js';
import { agentKey } from '../../core/agent/agent.js';
import type { FromConnection } from '../../core/agent/fence.js';
import { phaseSaid, type SaidPhase } from '../../core/agent/phase.js';
import { agentSummary, type Health } from '../../core/agent/view.js';
import type { Command } from '../../core/commands.js';
import { type Closing, errorFrame } from '../../core/outputs.js';
import { Refusal } from '../../core/refusal.js';
import type { ReplaceArchived } from '../archived-left.js';
import type { FindArchived } from '../archived-parents.js';
import type { DiffIntake } from '../diff-port.js';
import { answerMessage, type MessageFrame, type Messages } from '../messages-port.js';
import { notTaken, type OutputIntake, type OutputSender, outputRefusal } from '../output-port.js';
import { archiveWork } from './archive-work.js';
import { commandOf, fitnessCommand, helloCommand, type ReportFrame } from './commands.js';
import { DiffFrames } from './diff-frames.js';
import { fitting } from './fitting.js';
import { type AuditedFrame, FrameAudit } from './frame-audit.js';
import { InHand } from './in-hand.js';
import { ownTrace } from './own-trace.js';
import { RATE_VIOLATION, SessionLimits } from './session-limits.js';
import type { Sendable, Wire, WireListener } from './wire.js';

/** How often a socket is pinged, and how long it may take to answer, ms. */
const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 10_000;
/** How long stored bodies of a closed session are held for commands that are still being decided, ms. */
const RELEASE_AFTER_CLOSE_MS = 60_000;

export interface Who {
  readonly org: string;
  readonly agent: string;
}

/** What becomes known of a session. */
export interface SessionWatcher {
  /** The agent was welcomed: from now on it is reached here. */
  welcomed(session: AgentSession): void;
  helloRefused(session: AgentSession, code: string): void;
  banned(session: AgentSession): void;
  closed(session: AgentSession, code: number): void;
  frame(type: SidecarFrame['type']): void;
  /** Under which span an attempt was spoken of. */
  traced(task: string, generation: number, traceparent: string): void;
  refused(code: string): void;
  /** One that is audited. */
  answered(session: AgentSession, frame: AuditedFrame, code?: string): void;
  failed(error: unknown, what: string): void;
}

export interface SessionParts {
  readonly shard: Pick<ShardAccess, 'submit' | 'execute' | 'read' | 'now' | 'state'>;
  readonly scheduler: Scheduler;
  readonly limits: Limits;
  readonly bodies: Bodies;
  readonly output: OutputIntake;
  readonly diffs: Pick<DiffIntake, 'open'>;
  readonly messages: Messages;
  readonly archived: FindArchived;
  readonly replaceArchived: ReplaceArchived;
  readonly watcher: SessionWatcher;
  /** Why no new task is taken right now, if so. */
  readonly refuseSubmission: () => Refusal | null;
}

type Stage = 'awaiting_hello' | 'greeting' | 'live' | 'closed';

export class AgentSession implements WireListener {
  readonly who: Who;
  readonly connection: string;
  readonly #parts: SessionParts;
  /** Whose commands and output come from here. Made once: it goes with every frame. */
  readonly #from: FromConnection;
  readonly #wire: Wire;
  readonly #key: string;
  readonly #caller: { readonly org: string; readonly role: 'agent' };
  readonly #outputSender: OutputSender;
  readonly #diffs: DiffFrames;
  readonly #cancelHelloTimer: () => void;
  /** Bodies that were stored for commands whose answer is still to come, by token. */
  readonly #held = new Map<number, BodyWriter>();
  #lastToken = 0;
  /** Completions that are not durable yet and say which output is their last, by the frame's id. */
  readonly #completing = new Map<RequestId, SidecarFrameOf<'task.complete'>>();
  readonly #audit: FrameAudit;
  #stage: Stage = 'awaiting_hello';
  #helloId: RequestId = '';
  #introduced = { host: '', instance: '' };
  /** Frames are taken up one after the other; the texts of one may have to be stored first. */
  #incoming: Promise<void> | undefined;
  readonly #inHand: InHand;
  readonly #limits: SessionLimits;
  #pingedAt: number;
  lastSeenAt: number;
  health: Health = {};
  /** How far the clock of its machine is ahead of the hub's wall clock, ms; undefined until it says. */
  clockSkewMs: number | undefined;
  phase: SaidPhase | undefined;

  constructor(connection: string, who: Who, wire: Wire, parts: SessionParts) {
    this.connection = connection;
    this.who = who;
    this.#from = { org: who.org, agent: who.agent, connection };
    this.#wire = wire;
    this.#parts = parts;
    const now = parts.shard.now();
    this.lastSeenAt = now;
    this.#pingedAt = now;
    this.#key = agentKey(who.org, who.agent);
    const { limits, scheduler } = parts;
    const held = { holder: { id: this.#key, org: who.org }, onExceeded: () => this.#exceeded() };
    this.#limits = new SessionLimits({ limits, scheduler, now: () => parts.shard.now(), wire, ...held });
    this.#audit = new FrameAudit((frame, code) => parts.watcher.answered(this, frame, code));
    this.#inHand = new InHand((isHeld) => wire.hold('in hand', isHeld));
    this.#caller = { org: who.org, role: 'agent' };
    this.#outputSender = {
      connection,
      acked: (task, generation, outputSeq) => this.send({ type: 'task.output.ack', task, generation, outputSeq }),
    };
    this.#diffs = new DiffFrames(parts, this.#from);
    this.#cancelHelloTimer = scheduler.after(LIMITS.helloMs, () =>
      this.close({ code: CLOSE_CODES.protocolError, reason: 'no hello' }),
    );
  }

  send(frame: Sendable): void {
    this.#wire.send(frame);
  }

  close(closing: Closing): void {
    this.#wire.close(closing);
  }

  /** Pings when it is time, and ends a socket that did not answer the last ping. */
  checkLiveness(now: number): void {
    // What is not read cannot be heard.
    if (this.#wire.isHeld) return;
    if (this.#pingedAt > this.lastSeenAt && now - this.#pingedAt >= PONG_WITHIN_MS) return this.#wire.terminate();
    if (now - this.#pingedAt < PING_EVERY_MS) return;
    this.#pingedAt = now;
    this.#wire.ping();
  }

  /** What the shard says on this connection. */
  deliver(output: Exclude<CoordinatorOutput, { kind: 'reply' }>): void {
    if (output.kind === 'close') return this.close(output.closing);
    const { frame, token } = output;
    if (token !== undefined) this.#release(token);
    switch (frame.type) {
      case 'welcome':
        return this.#welcomed(output);
      case 'ok':
        this.#inHand.answered();
        if (this.#completing.size > 0) this.#completed(frame.re);
        this.#audit.done(frame.re, frame.task);
        break;
      case 'error':
        if (this.#stage === 'greeting' && frame.re === this.#helloId) return this.#unwelcome(output);
        this.#parts.watcher.refused(frame.code);
        this.#inHand.answered();
        if (frame.re !== undefined) this.#completing.delete(frame.re);
        this.#audit.refused(frame.re, frame.code);
        break;
    }
    this.send(frame);
  }

  heard(): void {
    this.lastSeenAt = this.#parts.shard.now();
  }

  read(bytes: number): void {
    this.#limits.bytes(bytes);
  }

  control(): void {
    this.heard();
    this.#limits.control();
  }

  frame(frame: SidecarFrame, bytes: number): void {
    if (this.#limits.isOver) return;
    // It was heard at this moment.
    const now = this.lastSeenAt;
    this.#limits.frame(now);
    const tooMuch = this.#limits.refuse(frame.type, now);
    if (tooMuch !== undefined) {
      this.#audit.begin(frame);
      this.#refuse(tooMuch, frame.id);
      return this.#limits.violation(RATE_VIOLATION);
    }
    this.#parts.watcher.frame(frame.type);
    const forbidden = refuse(this.#caller, FRAME_ACTIONS[frame.type]);
    if (forbidden !== undefined) {
      this.#audit.begin(frame);
      return this.#refuse(forbidden, frame.id);
    }
    if (frame.type === 'hello') return this.#hello(frame);
    if (this.#stage !== 'live') {
      this.#refuse({ code: 'protocol.hello_required', message: 'send hello first, and wait for welcome' }, frame.id);
      return this.close({ code: CLOSE_CODES.protocolError, reason: 'hello comes first' });
    }
    switch (frame.type) {
      case 'heartbeat': {
        const { type: _type, id, unfit, phase, clock, ...health } = frame;
        const { state } = this.#parts.shard;
        const wall = this.#parts.shard.now() + state.wallOffsetMs;
        this.clockSkewMs = clock === undefined ? undefined : Date.parse(clock) - wall;
        this.phase = phaseSaid(this.phase, phase, state, this.#key, this.#parts.shard.now());
        this.health = health;
        const change = fitnessCommand(state, this, unfit);
        if (change !== undefined) this.#submit(change);
        return this.#ok(id);
      }
      case 'agents.list':
        return this.#listAgents(frame.id);
      case 'task.output':
        return this.#output(frame);
      case 'task.diff.part':
        return this.#diffPart(frame);
      case 'task.diff':
        return this.#answer(frame.id, this.#diffs.whole(frame), 'a diff could not be stored');
      case 'message.send':
      case 'message.ack':
      case 'channel.join':
      case 'channel.leave':
      case 'channel.history':
        return this.#message(frame);
      default:
        return this.#report(frame.traceparent === undefined ? frame : this.#traced(frame), bytes);
    }
  }

  unreadable(refusal: RefusalBody, bytes: number, re?: RequestId): void {
    if (this.#limits.isOver) return;
    this.#limits.frame(this.lastSeenAt);
    this.#refuse(refusal, re);
    this.#limits.unreadable(bytes);
  }

  closed(code: number): void {
    const saidHello = this.#stage === 'greeting' || this.#stage === 'live';
    this.#stage = 'closed';
    this.#cancelHelloTimer();
    this.#limits.end();
    this.#diffs.close();
    if (this.#held.size > 0) {
      this.#parts.scheduler.after(RELEASE_AFTER_CLOSE_MS, () => {
        for (const token of this.#held.keys()) this.#release(token);
      });
    }
    this.#parts.watcher.closed(this, code);
    if (saidHello) this.#submit({ type: 'agent.gone', ...this.#from });
  }

  #hello(frame: SidecarFrameOf<'hello'>): void {
    if (this.#stage !== 'awaiting_hello') {
      return this.#refuse({ code: 'request.invalid', message: 'hello has already been sent' }, frame.id);
    }
    if (frame.agent.name !== this.who.agent) {
      const details = [{ path: '/agent/name', message: 'is not the agent that this key belongs to' }];
      this.#refuse({ code: 'auth.forbidden', message: 'this key belongs to another agent', details }, frame.id);
      return this.close({ code: CLOSE_CODES.notAllowed, reason: 'the key belongs to another agent' });
    }
    this.#stage = 'greeting';
    this.#helloId = frame.id;
    this.#cancelHelloTimer();
    this.#introduced = { host: frame.agent.host, instance: frame.instance };
    this.#submit(helloCommand(frame, this.who, this.connection), frame.id);
  }

  #welcomed(output: Extract<CoordinatorOutput, { kind: 'frame' }>): void {
    if (this.#stage !== 'greeting') return;
    this.#stage = 'live';
    this.send(output.frame);
    this.#parts.watcher.welcomed(this);
    this.#parts.messages.onConnected(this.who.org, this.who.agent);
  }

  #unwelcome({ frame }: Extract<CoordinatorOutput, { kind: 'frame' }>): void {
    if (frame.type !== 'error') return;
    this.send(frame);
    if (!frame.retryable) this.#parts.watcher.helloRefused(this, frame.code);
    if (frame.code === 'agent.other_machine') {
      this.#submit({ type: 'agent.conflict', ...this.who, ...this.#introduced });
    }
    const code = frame.retryable ? CLOSE_CODES.hubRestarting : CLOSE_CODES.notAllowed;
    this.close({ code, reason: frame.message });
  }

  /** What a report says is the same, whichever span it is sent under. That of a task it submits is a fact. */
  #traced(frame: ReportFrame): ReportFrame {
    const { traceparent, ...said } = frame;
    const own = ownTrace(this.#parts.shard.state, this.#key, traceparent);
    if (own === undefined) return said;
    if (said.type === 'task.submit') return { ...said, traceparent: own.traceparent };
    if (own.task === said.task && own.generation === said.generation)
      this.#parts.watcher.traced(said.task, said.generation, own.traceparent);
    return said;
  }

  #report(frame: ReportFrame, bytes: number): void {
    if (frame.type === 'task.submit') {
      this.#audit.begin(frame);
      const refusal = this.#parts.refuseSubmission();
      if (refusal !== null) return this.#refuse(refusal, frame.id);
    }
    this.#inHand.taken();
    const bodies = new BodyWriter(this.#parts.bodies);
    const making = commandOf(frame, this.#from, bodies);
    if (this.#incoming === undefined && !(making instanceof Promise)) return this.#take(frame, bodies, making);
    const stored = this.#inHand.storing(bytes);
    const taken = (this.#incoming ?? Promise.resolve())
      .then(async () => this.#take(frame, bodies, await making))
      .catch((error: unknown) => {
        this.#parts.watcher.failed(error, 'a frame could not be taken up');
        bodies.release();
        this.#inHand.answered();
        this.#refuse({ code: 'hub.internal', message: 'the hub could not store this; retry' }, frame.id);
      })
      .finally(() => {
        stored();
        if (this.#incoming === taken) this.#incoming = undefined;
      });
    this.#incoming = taken;
  }

  #take(frame: ReportFrame, bodies: BodyWriter, command: Command | Refusal): void {
    if (command instanceof Refusal) {
      bodies.release();
      this.#inHand.answered();
      return this.#refuse(command, frame.id);
    }
    if (frame.type === 'task.complete' && frame.outputSeq !== undefined) this.#completing.set(frame.id, frame);
    const work = archiveWork(command, this.#parts, this.connection);
    if (work === undefined) return this.#submit(command, frame.id, bodies);
    const settled = work.finally(() => {
      bodies.release();
      this.#inHand.answered();
    });
    this.#answer(frame.id, settled, `${command.type} could not be taken up`);
  }

  #submit(command: Command, re?: RequestId, bodies?: BodyWriter): void {
    const { connection } = this;
    if (bodies?.holdsAny !== true)
      return this.#parts.shard.submit(re === undefined ? { connection, command } : { connection, command, re });
    const token = ++this.#lastToken;
    this.#held.set(token, bodies);
    this.#parts.shard.submit({ connection, command, token, ...(re !== undefined && { re }) });
  }

  #release(token: number): void {
    this.#held.get(token)?.release();
    this.#held.delete(token);
  }

  #completed(re: RequestId): void {
    const frame = this.#completing.get(re);
    this.#completing.delete(re);
    if (frame?.outputSeq === undefined) return;
    const { task, generation, outputSeq } = frame;
    this.#parts.output.ended({ org: this.who.org, task, generation }, outputSeq);
  }

  #listAgents(re: RequestId): void {
    const seen = this.#parts.shard.read((state) =>
      [...(state.agentsByOrg.get(this.who.org) ?? [])].map((agent) => agentSummary(state, agent)),
    );
    const listed = seen.then((read) => (read instanceof Refusal ? read : { agents: fitting(read.value) }));
    this.#answer(re, listed, 'the agents could not be listed');
  }

  #output(frame: SidecarFrameOf<'task.output'>): void {
    const { shard, output } = this.#parts;
    const now = shard.now();
    const refusal = outputRefusal(shard.state, this.#from, frame, now);
    if (refusal !== null) return this.#refuseIfAsked(refusal, frame.id);
    const { id, task, generation, outputSeq, stream, data } = frame;
    const { org, agent } = this.who;
    const piece = { outputSeq, stream, at: now, data };
    const taking = output.take(this.#outputSender, agent, { org, task, generation }, piece);
    if (taking.taken) return this.#ok(id);
    if ('isNew' in taking && taking.isNew) {
      this.send({ type: 'throttled', action: 'task.output', retryAfterMs: taking.againMs });
    }
    this.#refuseIfAsked(notTaken(taking, outputSeq), id);
  }

  #diffPart(frame: SidecarFrameOf<'task.diff.part'>): void {
    const refusal = this.#diffs.part(frame);
    if (refusal === undefined) this.#ok(frame.id);
    else this.#refuseIfAsked(refusal, frame.id);
  }

  #message(frame: MessageFrame): void {
    const { messages } = this.#parts;
    const { org, agent } = this.who;
    if (frame.type === 'message.ack') {
      messages.acknowledge(org, agent, frame.messageId);
      return this.#ok(frame.id);
    }
    if (frame.type !== 'channel.history') this.#audit.begin(frame, 'channel' in frame ? frame.channel : undefined);
    this.#answer(frame.id, answerMessage(messages, org, agent, frame), 'a message could not be dealt with');
  }

  /** Nothing more is read, until the ban is durable and ends the session. */
  #exceeded(): void {
    this.#cancelHelloTimer();
    this.#parts.watcher.banned(this);
    this.#submit({ type: 'agent.ban', ...this.#from });
  }

  /** Once `answer` has come; `failure` is for the log. */
  #answer(re: RequestId, answer: Promise<Omit<HubFrameOf<'ok'>, 'type' | 're'> | Refusal>, failure: string): void {
    void answer.then(
      (said) => {
        if (said instanceof Refusal) return this.#refuse(said, re);
        this.#audit.done(re, said.messageId ?? said.task);
        this.send({ type: 'ok', re, ...said });
      },
      (error: unknown) => {
        this.#parts.watcher.failed(error, failure);
        this.#refuse({ code: 'hub.internal', message: 'the hub failed to handle this; retry' }, re);
      },
    );
  }

  #ok(re: RequestId | undefined): void {
    if (re !== undefined) this.send({ type: 'ok', re });
  }

  /** Without an id nobody waits for an answer; that nothing is acknowledged says enough. */
  #refuseIfAsked(refusal: RefusalBody, re: RequestId | undefined): void {
    if (re !== undefined) this.#refuse(refusal, re);
  }

  #refuse(refusal: RefusalBody, re?: RequestId): void {
    this.#parts.watcher.refused(refusal.code);
    this.#audit.refused(re, refusal.code);
    this.send(errorFrame(refusal, re));
  }
}
