// A hub's agent sockets in virtual time: hello first, then frames in order, each answered once what it asked for is durable. Every
// answer is held against the journal before it goes out.

import { agentKey } from '@agentcom/hub/core/agent/agent';
import type { Command } from '@agentcom/hub/core/commands';
import { Refusal } from '@agentcom/hub/core/decision';
import type { Effect } from '@agentcom/hub/core/effects';
import type { State } from '@agentcom/hub/core/state';
import { assignmentContext } from '@agentcom/hub/core/task/assignment-context';
import type { Task } from '@agentcom/hub/core/task/task';
import { CLOSE_CODES, catalogueEntry, type HubFrame, type SidecarFrame, type SidecarFrameOf } from '@agentcom/schemas';
import type { SimHub } from './hub.js';
import { digestOf, fact, type Ledger } from './ledger.js';
import type { Connection, HubEnd } from './network.js';
import { liveWorkIsKept, storedBeforeConfirmed } from './promises.js';
import { ORG } from './settings.js';
import type { World } from './world.js';

type Report = Extract<
  SidecarFrame,
  {
    type:
      | 'task.accept'
      | 'task.reject'
      | 'task.progress'
      | 'task.block'
      | 'task.answered'
      | 'task.complete'
      | 'task.fail'
      | 'task.stopped';
  }
>;

interface Socket {
  /** '' until it has said hello. */
  agent: string;
  stage: 'awaiting_hello' | 'greeting' | 'live' | 'closed';
  /** Frames that wait for the welcome to go first. */
  held: HubFrame[];
}

export class Gateway implements HubEnd {
  readonly #sockets = new Map<Connection, Socket>();
  /** The newest connection of each agent, which effects go to. */
  readonly #links = new Map<string, Connection>();

  constructor(
    private readonly hub: SimHub,
    private readonly world: World,
  ) {}

  get process(): SimHub {
    return this.hub;
  }

  connecting(connection: Connection): void {
    if (this.hub.phase !== 'leading') return connection.turnAway(503);
    this.#sockets.set(connection, { agent: '', stage: 'awaiting_hello', held: [] });
    connection.opened();
  }

  receive(connection: Connection, frame: SidecarFrame): void {
    this.world.trace.note(this.hub.name, '<-', connection.id, frame);
    const socket = this.#sockets.get(connection);
    if (socket === undefined) return;
    if (frame.type === 'hello') {
      if (socket.stage === 'awaiting_hello') this.#hello(connection, socket, frame);
      return;
    }
    if (socket.stage !== 'live') {
      this.#say(connection, refusalFrame(new Refusal('protocol.hello_required', 'say hello first'), frame));
      return connection.closeByHub(CLOSE_CODES.protocolError);
    }
    if (isReport(frame)) this.#report(connection, socket, frame);
  }

  closed(connection: Connection): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined) return;
    const wasLive = socket.stage === 'live';
    socket.stage = 'closed';
    this.#sockets.delete(connection);
    if (this.#links.get(socket.agent) === connection) this.#links.delete(socket.agent);
    if (wasLive) this.#gone(connection, socket);
  }

  closeAll(): void {
    for (const connection of [...this.#sockets.keys()]) this.#close(connection, CLOSE_CODES.hubRestarting);
  }

  /** The process died under its sockets. */
  lost(): void {
    for (const connection of this.#sockets.keys()) connection.dropHubEnd();
    this.#sockets.clear();
    this.#links.clear();
  }

  deliver(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'bodies_unused') continue;
      const connection = this.#links.get(effect.agent);
      const frame = frameOf(effect, this.hub.state, this.hub.now());
      if (connection !== undefined && frame !== null) this.#say(connection, frame);
    }
  }

  #hello(connection: Connection, socket: Socket, frame: SidecarFrameOf<'hello'>): void {
    const { name: agent, capabilities, version, host, os } = frame.agent;
    socket.agent = agentKey(ORG, agent);
    socket.stage = 'greeting';
    const { holding, instance } = frame;
    this.hub.executeAnd(
      {
        type: 'agent.hello',
        org: ORG,
        agent,
        connection: connection.id,
        instance,
        capabilities,
        version,
        host,
        os,
        ...(holding !== undefined && { holding: { task: holding.task, generation: holding.generation } }),
      },
      connection.id,
      (reply) => {
        this.#enlist(connection, socket);
        if (reply.holding === 'drop' && holding !== undefined) liveWorkIsKept(agent, holding, this.hub.state);
      },
      (outcome) => {
        if (outcome instanceof Refusal) {
          this.#say(connection, refusalFrame(outcome, frame), true);
          return this.#close(connection, CLOSE_CODES.hubRestarting);
        }
        if (socket.stage !== 'greeting') return this.#gone(connection, socket);
        socket.stage = 'live';
        const { held } = socket;
        socket.held = [];
        const verdict =
          this.world.mutation.keepsEverything === true && holding !== undefined ? 'keep' : outcome.holding;
        this.#say(connection, welcome(frame.id, agent, verdict, this.hub.now()));
        for (const late of held) this.#say(connection, late);
      },
    );
  }

  #enlist(connection: Connection, socket: Socket): void {
    const before = this.#links.get(socket.agent);
    this.#links.set(socket.agent, connection);
    if (before !== undefined) this.#close(before, CLOSE_CODES.replaced);
  }

  #report(connection: Connection, socket: Socket, frame: Report): void {
    const agent = socket.agent.slice(ORG.length + 1);
    this.hub.execute(commandOf(frame, agent), connection.id, (outcome) => {
      if (outcome instanceof Refusal) {
        if (frame.type === 'task.accept') {
          this.hub.execute({ type: 'agent.respond', org: ORG, agent }, connection.id, () => undefined);
        }
        return this.#say(connection, refusalFrame(outcome, frame));
      }
      checkStored(this.world.ledger, frame, agent);
      this.#say(connection, { type: 'ok', re: frame.id });
    });
  }

  #say(connection: Connection, frame: HubFrame, isUrgent = false): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined || !connection.isOpenAtHub) return;
    if (socket.stage === 'greeting' && !isUrgent) socket.held.push(frame);
    else connection.toSidecar(frame);
  }

  #close(connection: Connection, code: number): void {
    connection.closeByHub(code);
    this.closed(connection);
  }

  #gone(connection: Connection, socket: Socket): void {
    const command = {
      type: 'agent.gone' as const,
      org: ORG,
      agent: socket.agent.slice(ORG.length + 1),
      connection: connection.id,
    };
    this.hub.execute(command, connection.id, () => undefined);
  }
}

/** Promise 5 at the moment of the `ok`. */
function checkStored(ledger: Ledger, frame: Report, agent: string): void {
  switch (frame.type) {
    case 'task.accept':
      return storedBeforeConfirmed(ledger, fact('accepted', frame.task, frame.generation));
    case 'task.reject':
      return storedBeforeConfirmed(ledger, fact('offer_ended', frame.task, frame.generation));
    case 'task.progress':
    case 'task.block':
    case 'task.complete':
    case 'task.fail':
      return storedBeforeConfirmed(ledger, fact('report', digestOf(agent, frame, frame.seq, frame.type)));
  }
}

function commandOf(frame: Report, agent: string): Command {
  const who = { org: ORG, agent };
  const { task, generation } = frame;
  const attempt = { task, generation };
  if (!('seq' in frame)) {
    const { id: _id, ...rest } = frame;
    return { ...who, ...rest };
  }
  const report = { seq: frame.seq, digest: digestOf(agent, frame, frame.seq, frame.type) };
  switch (frame.type) {
    case 'task.progress': {
      const { id: _id, seq: _seq, ...rest } = frame;
      return { ...who, ...rest, report };
    }
    case 'task.block': {
      const { questionId, question } = frame;
      return { type: frame.type, ...who, ...attempt, report, question: { questionId, question } };
    }
    case 'task.complete': {
      const { data: _data, verification, notes, ...rest } = frame.result;
      const texts = {
        ...(verification !== undefined && { verification: JSON.stringify(verification) }),
        ...(notes !== undefined && { notes: JSON.stringify(notes) }),
      };
      const result = { ...rest, ...texts };
      return { type: frame.type, ...who, ...attempt, report, result, ...spentOf(frame) };
    }
    case 'task.fail': {
      const resets = frame.resetsAt === undefined ? {} : { resetsAt: Date.parse(frame.resetsAt) };
      return { type: frame.type, ...who, ...attempt, report, error: frame.error, ...spentOf(frame), ...resets };
    }
  }
}

function spentOf({ usage, session }: SidecarFrameOf<'task.complete' | 'task.fail'>) {
  return { ...(usage !== undefined && { usage }), ...(session !== undefined && { session }) };
}

function frameOf(effect: Exclude<Effect, { type: 'bodies_unused' }>, state: State, now: number): HubFrame | null {
  switch (effect.type) {
    case 'assign': {
      const task = state.tasks.get(effect.task);
      if (task?.state !== 'assigned' || task.generation !== effect.generation) return null;
      const acceptWithinMs = Math.max(0, (task.deadline ?? now) - now);
      return { type: 'task.assign', task: assignedTask(task), generation: effect.generation, acceptWithinMs };
    }
    case 'answer': {
      const task = state.tasks.get(effect.task);
      if (task?.answer == null || task.generation !== effect.generation) return null;
      return { type: 'task.answer', task: task.id, generation: task.generation, ...task.answer };
    }
    case 'cancel':
      return { type: 'task.cancel', task: effect.task, generation: effect.generation, reason: effect.reason };
    case 'drain':
      return { type: effect.draining ? 'agent.drain' : 'agent.resume', reason: 'asked for' };
    case 'dismiss':
      return { type: 'agent.dismiss', reason: 'removed' };
  }
}

function assignedTask(task: Task): Extract<HubFrame, { type: 'task.assign' }>['task'] {
  const { id, spec } = task;
  return {
    id,
    title: spec.title,
    prompt: typeof spec.prompt === 'string' ? spec.prompt : '',
    lane: spec.lane,
    needs: spec.needs,
    labels: {},
    maxAttempts: spec.maxAttempts,
    runTimeoutSeconds: spec.runTimeoutMs / 1000,
    dependsOn: spec.dependsOn ?? [],
    ...(spec.repo !== undefined && { repo: spec.repo }),
    ...(spec.verify !== undefined && { verify: spec.verify }),
    ...(spec.budget !== undefined && { budget: spec.budget }),
    ...assignmentContext(task),
  };
}

function welcome(
  re: string | number,
  agent: string,
  holding: 'keep' | 'confirmed' | 'drop' | null,
  now: number,
): HubFrame {
  const limits = { frameBytes: 0, promptBytes: 0, dataBytes: 0, summaryBytes: 0, outputBytes: 0 };
  return {
    type: 'welcome',
    re,
    agent,
    org: ORG,
    heartbeatSeconds: 15,
    limits,
    serverTime: new Date(now).toISOString(),
    holding,
  };
}

function refusalFrame(refusal: Refusal, to: SidecarFrame): HubFrame {
  return {
    type: 'error',
    ...(to.id !== undefined && { re: to.id }),
    code: refusal.code,
    message: refusal.message,
    retryable: catalogueEntry(refusal.code).retryable,
    ...(refusal.retryAfterMs !== undefined && { retryAfterMs: refusal.retryAfterMs }),
  };
}

function isReport(frame: SidecarFrame): frame is Report {
  return frame.type.startsWith('task.') && frame.type !== 'task.submit' && frame.type !== 'task.output';
}
