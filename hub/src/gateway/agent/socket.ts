// One sidecar's socket: the hello, then frames in order, each answered once what it asked for is durable. Longer than most files: it is the
// one place that keeps that order, and every type of frame passes through it.

import type { Duplex } from 'node:stream';
import {
  CLOSE_CODES,
  catalogueEntry,
  compileFrames,
  decodeJson,
  type HubFrame,
  LIMITS,
  type RefusalBody,
  type RequestId,
  type SidecarFrame,
  type SidecarFrameOf,
  sidecarFrames,
} from '@agentcom/schemas';
import type { Logger } from 'pino';
import { uuidv7 } from 'uuidv7';
import type { RawData, WebSocket } from 'ws';
import { type BucketSize, TokenBucket } from '../../access/token-bucket.js';
import { type Bodies, BodyWriter } from '../../bodies/body-writer.js';
import type { Shard } from '../../coordinator/runner.js';
import { agentKey } from '../../core/agent/agent.js';
import { versionNotice } from '../../core/agent/version.js';
import { agentSummary, type Health } from '../../core/agent/view.js';
import type { Command } from '../../core/commands.js';
import { Refusal } from '../../core/decision.js';
import { iso } from '../../core/iso.js';
import type { Metrics } from '../../observe/metrics.js';
import { answerMessage, type MessageFrame, type Messages } from '../messages-port.js';
import { type OutputIntake, type OutputSender, outputRefusal } from '../output-port.js';
import { commandOf, type ReportFrame } from './commands.js';
import type { AgentLink, Connections } from './registry.js';

const HELLO_WITHIN_MS = 10_000;
const GONE_AGAIN_MS = 1_000;
/** Bytes a sidecar may leave unread before it is let go. */
const UNREAD_BYTES = 4 * 1024 * 1024;
/** Frames in hand before the socket is not read any further, and when it is again. */
const PAUSE_AT = 1_024;
const RESUME_AT = 512;
/** Frames that were refused for their form or their rate, in a row, before the socket is closed. */
const VIOLATIONS = 100;
/** How long a sidecar that is closed for violations should stay away, s. */
const STAY_AWAY_SECONDS = 60;
const FRAMES: BucketSize = { perSecond: 2_000, burst: 4_000 };
const SUBMISSIONS: BucketSize = { perSecond: 2_000, burst: 4_000 };
/** Messages sent and channels joined, left or read. */
const MESSAGES: BucketSize = { perSecond: 2, burst: 100 };

const readFrame = compileFrames(sidecarFrames);

export interface SocketParts {
  readonly shard: Shard;
  readonly bodies: Bodies;
  readonly connections: Connections;
  readonly output: OutputIntake;
  readonly messages: Messages;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Why no new task is taken just now, if so. */
  readonly refuseSubmission: () => Refusal | null;
  readonly heartbeatSeconds: number;
  readonly hubVersion: string;
}

export class AgentSocket implements AgentLink {
  readonly connection = uuidv7();
  readonly #socket: WebSocket;
  /** The connection below, held back so that the frames of one turn leave in one write. */
  readonly #wire: Duplex;
  #corked = false;
  readonly #parts: SocketParts;
  readonly #who: { readonly org: string; readonly agent: string };
  readonly #frames: TokenBucket;
  readonly #submissions: TokenBucket;
  readonly #messages: TokenBucket;
  readonly #outputSender: OutputSender;
  readonly #helloTimer: NodeJS.Timeout;
  #stage: 'awaiting_hello' | 'greeting' | 'live' | 'closed' = 'awaiting_hello';
  /** Frames are taken up one after the other; the bodies of one may have to be stored first. */
  #incoming: Promise<void> | null = null;
  /** Set while a frame that has to be fetched holds up those behind it. */
  #outgoing: Promise<void> | null = null;
  #inHand = 0;
  #violations = 0;
  #pingedAt: number;
  #heardAt: number;
  health: Health = {};

  constructor(
    socket: WebSocket,
    wire: Duplex,
    who: { readonly org: string; readonly agent: string },
    parts: SocketParts,
  ) {
    this.#socket = socket;
    this.#wire = wire;
    this.#who = who;
    this.#parts = parts;
    const now = parts.shard.now();
    this.#heardAt = now;
    this.#pingedAt = now;
    this.#frames = new TokenBucket(FRAMES, now);
    this.#submissions = new TokenBucket(SUBMISSIONS, now);
    this.#messages = new TokenBucket(MESSAGES, now);
    this.#outputSender = {
      connection: this.connection,
      acked: (task, generation, outputSeq) => this.send({ type: 'task.output.ack', task, generation, outputSeq }),
    };
    this.#helloTimer = setTimeout(() => this.close(CLOSE_CODES.protocolError, 'no hello'), HELLO_WITHIN_MS);
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('pong', () => this.#heard());
    socket.on('close', (code) => this.#onClose(code));
    socket.on('error', (error) => parts.log.debug({ err: error, agent: who.agent }, 'agent socket error'));
    parts.connections.opened(this);
  }

  get lastSeenAt(): number {
    return this.#heardAt;
  }

  send(frame: HubFrame | Promise<HubFrame | null>): void {
    if (this.#outgoing === null && !(frame instanceof Promise)) return this.#write(frame);
    const before = this.#outgoing ?? Promise.resolve();
    const sent = before
      .then(async () => {
        const ready = await frame;
        if (ready !== null) this.#write(ready);
      })
      .catch((error: unknown) => {
        this.#parts.log.error({ err: error, agent: this.#who.agent }, 'a frame could not be made');
        this.close(CLOSE_CODES.hubRestarting, 'what the hub has to say is said again at the next hello');
      })
      .finally(() => {
        if (this.#outgoing === sent) this.#outgoing = null;
      });
    this.#outgoing = sent;
  }

  close(code: number, reason: string): void {
    if (this.#stage === 'closed') return;
    this.#socket.close(code, reason);
    const force = setTimeout(() => this.#socket.terminate(), 2_000);
    this.#socket.once('close', () => clearTimeout(force));
  }

  ping(now: number, everyMs: number, withinMs: number): void {
    if (this.#pingedAt > this.#heardAt && now - this.#pingedAt >= withinMs) return this.#socket.terminate();
    if (now - this.#pingedAt < everyMs || this.#stage === 'closed') return;
    this.#pingedAt = now;
    this.#socket.ping();
  }

  #heard(): void {
    this.#heardAt = this.#parts.shard.now();
  }

  #write(frame: HubFrame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > UNREAD_BYTES)
      return this.close(CLOSE_CODES.slowConsumer, 'frames are not being read');
    this.#cork();
    this.#socket.send(JSON.stringify(frame));
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#wire.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#wire.uncork();
    });
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    this.#heard();
    if (isBinary || !(data instanceof Buffer)) return this.close(CLOSE_CODES.protocolError, 'frames are text');
    const decoded = decodeJson(data);
    if (!decoded.ok)
      return this.#violation({
        code: 'request.invalid',
        message: 'the frame is not valid JSON',
        details: decoded.details,
      });
    const read = readFrame(decoded.value);
    if (!read.ok) return this.#violation(read.refusal, read.re);
    const { frame } = read;
    const taken = this.#frames.take(this.#parts.shard.now());
    if (!taken.ok) return this.#limited(frame, taken.retryAfterMs);
    if (taken.warn) this.send({ type: 'throttled', action: 'frames', retryAfterMs: 0 });
    this.#violations = 0;
    this.#parts.metrics.frames.inc({ type: frame.type });
    this.#take(frame);
  }

  #take(frame: SidecarFrame): void {
    if (frame.type === 'hello') return this.#hello(frame);
    if (this.#stage !== 'live') {
      this.#refuse({ code: 'protocol.hello_required', message: 'say hello first, and wait for the welcome' }, frame.id);
      return this.close(CLOSE_CODES.protocolError, 'hello comes first');
    }
    switch (frame.type) {
      case 'heartbeat': {
        const { type: _type, id, ...health } = frame;
        this.health = health;
        if (id !== undefined) this.send({ type: 'ok', re: id });
        return;
      }
      case 'agents.list':
        return void this.#listAgents(frame.id);
      case 'task.output':
        return this.#output(frame);
      case 'message.send':
      case 'message.ack':
      case 'channel.join':
      case 'channel.leave':
      case 'channel.history':
        return this.#message(frame);
      default:
        return this.#report(frame);
    }
  }

  #hello(frame: SidecarFrameOf<'hello'>): void {
    if (this.#stage !== 'awaiting_hello')
      return this.#refuse({ code: 'request.invalid', message: 'hello was said before' }, frame.id);
    const { org, agent } = this.#who;
    if (frame.agent.name !== agent) {
      const details = [{ path: '/agent/name', message: 'is not the name this key belongs to' }];
      this.#refuse({ code: 'auth.forbidden', message: 'this key belongs to another agent', details }, frame.id);
      return this.close(CLOSE_CODES.notAllowed, 'the key belongs to another agent');
    }
    this.#stage = 'greeting';
    clearTimeout(this.#helloTimer);
    void this.#greet(frame, org, agent);
  }

  async #greet(frame: SidecarFrameOf<'hello'>, org: string, agent: string): Promise<void> {
    const { shard, connections } = this.#parts;
    const { capabilities, version, host, os } = frame.agent;
    const { holding } = frame;
    const command = {
      type: 'agent.hello' as const,
      org,
      agent,
      connection: this.connection,
      instance: frame.instance,
      capabilities,
      version,
      host,
      os,
      ...(holding !== undefined && { holding: { task: holding.task, generation: holding.generation } }),
    };
    let welcomed: (() => void) | undefined;
    const onConnected = new Promise<null>((resolve) => {
      welcomed = () => resolve(null);
    });
    const outcome = await shard.executeAnd(command, this.connection, (_state, reply) => {
      connections.register(agentKey(org, agent), this);
      this.send(onConnected);
      return reply;
    });
    if (outcome instanceof Refusal) {
      this.#refuse(outcome, frame.id, true);
      const gone = catalogueEntry(outcome.code).retryable ? CLOSE_CODES.hubRestarting : CLOSE_CODES.notAllowed;
      this.close(gone, outcome.message);
    } else {
      this.#stage = this.#stage === 'closed' ? 'closed' : 'live';
      const notice = versionNotice(version, this.#parts.hubVersion);
      this.#write({
        type: 'welcome',
        re: frame.id,
        agent,
        org,
        heartbeatSeconds: this.#parts.heartbeatSeconds,
        limits: wireLimits,
        serverTime: iso(shard.now()),
        holding: outcome.holding,
        ...(notice !== null && { notice }),
      });
    }
    welcomed?.();
    if (this.#stage === 'live') this.#parts.messages.onConnected(org, agent);
    if (this.#isClosed()) this.#gone();
  }

  #report(frame: ReportFrame): void {
    if (frame.type === 'task.submit') {
      const taken = this.#submissions.take(this.#parts.shard.now());
      if (!taken.ok) return this.#limited(frame, taken.retryAfterMs);
      const refusal = this.#parts.refuseSubmission();
      if (refusal !== null) return this.#refuse(refusal, frame.id);
    }
    this.#inHand++;
    if (this.#inHand === PAUSE_AT) this.#socket.pause();
    const bodies = new BodyWriter(this.#parts.bodies);
    const making = commandOf(frame, this.#who, bodies);
    if (this.#incoming === null && !(making instanceof Promise)) return this.#execute(frame, bodies, making);
    const taken = (this.#incoming ?? Promise.resolve())
      .then(() => this.#decide(frame, bodies, making))
      .finally(() => {
        if (this.#incoming === taken) this.#incoming = null;
      });
    this.#incoming = taken;
  }

  /** Resolves once the command is with the coordinator, so that the next frame follows it; its answer comes later. */
  async #decide(frame: ReportFrame, bodies: BodyWriter, making: ReturnType<typeof commandOf>): Promise<void> {
    try {
      this.#execute(frame, bodies, await making);
    } catch (error) {
      this.#parts.log.error({ err: error, agent: this.#who.agent }, 'a frame could not be taken up');
      bodies.release();
      this.#settled();
      this.#refuse({ code: 'hub.internal', message: 'the hub could not store this; send it again' }, frame.id);
    }
  }

  #execute(frame: ReportFrame, bodies: BodyWriter, command: Command | Refusal): void {
    const { shard } = this.#parts;
    const deciding = command instanceof Refusal ? Promise.resolve(command) : shard.execute(command, this.connection);
    void deciding.then((outcome) => {
      bodies.release();
      this.#settled();
      if (outcome instanceof Refusal) {
        if (frame.type === 'task.accept') void shard.execute({ type: 'agent.respond', ...this.#who }, this.connection);
        return this.#refuse(outcome, frame.id);
      }
      if (frame.type === 'task.complete' && frame.outputSeq !== undefined) {
        const { task, generation } = frame;
        this.#parts.output.ended({ org: this.#who.org, task, generation }, frame.outputSeq);
      }
      this.send({
        type: 'ok',
        re: frame.id,
        ...('task' in outcome && { task: outcome.task, repeated: outcome.repeated }),
      });
    });
  }

  #settled(): void {
    this.#inHand--;
    if (this.#inHand === RESUME_AT && this.#socket.isPaused) this.#socket.resume();
  }

  async #listAgents(id: RequestId): Promise<void> {
    const agents = await this.#parts.shard.read((state) =>
      [...state.agents.values()]
        .filter((agent) => agent.org === this.#who.org)
        .map((agent) => agentSummary(state, agent)),
    );
    if (agents instanceof Refusal) return this.#refuse(agents, id);
    this.send({ type: 'ok', re: id, agents });
  }

  #output(frame: SidecarFrameOf<'task.output'>): void {
    const { shard, output } = this.#parts;
    const now = shard.now();
    const refusal = outputRefusal(shard.state, this.#who, frame, now);
    // Without an id nobody waits for an answer; that nothing is acknowledged says enough.
    if (refusal !== null) return frame.id === undefined ? undefined : this.#refuse(refusal, frame.id);
    const { id, task, generation, outputSeq, stream, data } = frame;
    const { org, agent } = this.#who;
    const taking = output.take(
      this.#outputSender,
      agent,
      { org, task, generation },
      { outputSeq, stream, at: now, data },
    );
    if (!taking.taken) {
      const retryAfterMs = taking.againMs;
      if (taking.isNew) this.send({ type: 'throttled', action: 'task.output', retryAfterMs });
      if (id === undefined) return;
      return this.#refuse({ code: 'rate.limited', message: 'too much output waits to be stored', retryAfterMs }, id);
    }
    if (id !== undefined) this.send({ type: 'ok', re: id });
  }

  #message(frame: MessageFrame): void {
    const { messages, shard } = this.#parts;
    const { org, agent } = this.#who;
    if (frame.type === 'message.ack') {
      messages.taken(org, agent, frame.messageId);
      if (frame.id !== undefined) this.send({ type: 'ok', re: frame.id });
      return;
    }
    const taken = this.#messages.take(shard.now());
    if (!taken.ok) return this.#limited(frame, taken.retryAfterMs);
    const re = frame.id;
    void answerMessage(messages, org, agent, frame).then(
      (answer) => (answer instanceof Refusal ? this.#refuse(answer, re) : this.send({ type: 'ok', re, ...answer })),
      (error: unknown) => {
        this.#parts.log.error({ err: error, agent }, 'a message could not be dealt with');
        this.#refuse({ code: 'hub.internal', message: 'the hub could not do this; send it again' }, re);
      },
    );
  }

  #limited(frame: SidecarFrame, retryAfterMs: number): void {
    this.#violation({ code: 'rate.limited', message: `too many ${frame.type} frames`, retryAfterMs }, frame.id);
  }

  #violation(refusal: RefusalBody, re?: RequestId): void {
    this.#refuse(refusal, re);
    this.#violations++;
    if (this.#violations >= VIOLATIONS) {
      const { connections, shard } = this.#parts;
      connections.ban(agentKey(this.#who.org, this.#who.agent), shard.now() + STAY_AWAY_SECONDS * 1000);
      this.close(CLOSE_CODES.tooManyViolations, `too many refused frames; stay away for ${STAY_AWAY_SECONDS} s`);
    }
  }

  #refuse(refusal: RefusalBody, re?: RequestId, now = false): void {
    this.#parts.metrics.refusals.inc({ code: refusal.code });
    const frame: HubFrame = {
      type: 'error',
      ...(re !== undefined && { re }),
      code: refusal.code,
      message: refusal.message,
      retryable: catalogueEntry(refusal.code).retryable,
      ...(refusal.retryAfterMs !== undefined && { retryAfterMs: refusal.retryAfterMs }),
      ...(refusal.details !== undefined && refusal.details.length > 0 && { details: refusal.details }),
    };
    if (now) this.#write(frame);
    else this.send(frame);
  }

  #isClosed(): boolean {
    return this.#stage === 'closed';
  }

  #onClose(code: number): void {
    const wasLive = this.#stage === 'live';
    this.#stage = 'closed';
    clearTimeout(this.#helloTimer);
    this.#parts.metrics.socketsClosed.inc({ code: String(code) });
    this.#parts.connections.closed(this, agentKey(this.#who.org, this.#who.agent));
    if (wasLive) this.#gone();
  }

  #gone(): void {
    const command = { type: 'agent.gone' as const, ...this.#who, connection: this.connection };
    void this.#parts.shard.execute(command, this.connection).then((outcome) => {
      if (outcome instanceof Refusal && outcome.code === 'hub.busy') setTimeout(() => this.#gone(), GONE_AGAIN_MS);
    });
  }
}

const wireLimits = {
  frameBytes: LIMITS.frameBytes,
  promptBytes: LIMITS.promptBytes,
  dataBytes: LIMITS.dataBytes,
  summaryBytes: LIMITS.summaryBytes,
  outputBytes: LIMITS.outputBytes,
};
