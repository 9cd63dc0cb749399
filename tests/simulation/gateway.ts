// A hub's agent sockets in virtual time: the shipped registry and sessions on simulated wires. Every answer is held against the journal
// before it goes out.

import { Limits } from '@agentcom/hub/access/limits';
import type { CoordinatorOutput } from '@agentcom/hub/coordinator/ports';
import { agentKey } from '@agentcom/hub/core/agent/agent';
import { bannedForMs } from '@agentcom/hub/core/agent/ban';
import { defaultConfig } from '@agentcom/hub/core/config/config';
import type { Closing } from '@agentcom/hub/core/outputs';
import { AgentRegistry } from '@agentcom/hub/gateway/agent/registry';
import { AgentSession, type SessionParts } from '@agentcom/hub/gateway/agent/session';
import type { Sendable, Wire } from '@agentcom/hub/gateway/agent/wire';
import type { HubFrame, SidecarFrame } from '@agentcom/schemas';
import { BrokenPromise } from './broken-promise.js';
import { digestOf, fact } from './facts.js';
import type { SimHub } from './hub.js';
import type { Ledger } from './ledger.js';
import type { Connection, HubEnd } from './network.js';
import { leftIsNamed, liveWorkIsKept, storedBeforeConfirmed } from './promises.js';
import { ORG } from './settings.js';
import type { World } from './world.js';

/** Above what any sidecar comes to. */
const LATE_SEQ = 1_000_000;

const countNothing = { inc: () => undefined };
const unused = (): never => {
  throw new Error('no simulated sidecar says this');
};

/** What sidecars here never use. */
const beside: Pick<
  SessionParts,
  'bodies' | 'output' | 'diffs' | 'messages' | 'archived' | 'replaceArchived' | 'refuseSubmission'
> = {
  bodies: { put: unused, get: unused },
  output: { take: unused, ended: () => undefined, isWhole: unused },
  diffs: { open: unused },
  messages: {
    send: unused,
    acknowledge: unused,
    onConnected: () => undefined,
    join: unused,
    leave: unused,
    history: unused,
    listAgent: unused,
    listChannel: unused,
    channels: unused,
    list: unused,
    lastOf: unused,
  },
  archived: unused,
  replaceArchived: unused,
  refuseSubmission: () => null,
};

export class Gateway implements HubEnd {
  readonly #wires = new Map<Connection, SimWire>();
  readonly #registry: AgentRegistry;
  readonly #limits = new Limits(() => defaultConfig.values.limits);

  constructor(
    private readonly hub: SimHub,
    private readonly world: World,
  ) {
    this.#registry = new AgentRegistry({
      scheduler: hub.scheduler(world.random),
      now: () => hub.now(),
      metrics: {
        countFrame: () => undefined,
        refusals: countNothing,
        socketsClosed: countNothing,
      },
      audit: {
        record: (_org, { route }) => {
          if (route === 'agent.ban') world.failed(new Error('an agent was banned'));
        },
      },
      onHeartbeat: () => undefined,
      onFailed: (error) => world.failed(error),
    });
  }

  get process(): SimHub {
    return this.hub;
  }

  connecting(connection: Connection): void {
    const agent = connection.agent;
    if (this.hub.phase !== 'leading') return connection.turnAway(503);
    if (bannedForMs(this.hub.state.agents.get(agentKey(ORG, agent)), this.hub.now()) > 0)
      return connection.turnAway(429);
    const wire = new SimWire(this.hub, this.world, connection, agent);
    const shard: SessionParts['shard'] = {
      submit: (input) => {
        this.hub.submit(input);
        if (input.command.type !== 'agent.hello') return;
        wire.decided();
        if (this.world.random.chance(this.world.weather.outspoken)) this.#speakOnReplaced(connection);
      },
      execute: unused,
      read: unused,
      now: () => this.hub.now(),
      state: this.hub.state,
    };
    const session = new AgentSession(connection.id, { org: ORG, agent }, wire, {
      ...beside,
      shard,
      limits: this.#limits,
      scheduler: this.hub.scheduler(this.world.random),
      watcher: this.#registry.watcher({ org: ORG, agent }),
    });
    wire.session = session;
    this.#registry.add(session);
    this.#wires.set(connection, wire);
    connection.opened();
  }

  receive(connection: Connection, frame: SidecarFrame): void {
    this.world.trace.note(this.hub.name, '<-', connection.id, frame);
    this.#wires.get(connection)?.receive(frame);
  }

  heard(connection: Connection): void {
    this.#wires.get(connection)?.session.heard();
  }

  closed(connection: Connection, code: number): void {
    const wire = this.#wires.get(connection);
    this.#wires.delete(connection);
    wire?.session.closed(code);
  }

  deliver(outputs: readonly CoordinatorOutput[]): void {
    this.#registry.deliver(outputs);
  }

  closeAll(): void {
    this.#registry.closeAll('not leading');
  }

  /** What a replaced connection says before it hears that it is: the same report as its own, in the name of the live attempt. */
  #speakOnReplaced({ agent, id: newest }: Connection): void {
    const { agents, tasks } = this.hub.state;
    const known = agents.get(agentKey(ORG, agent));
    const task = tasks.get(known?.task ?? '');
    if (task === undefined || known?.connection !== newest) return;
    for (const [connection, wire] of [...this.#wires]) {
      if (connection.agent !== agent || connection.id === newest || !connection.isOpenAtHub) continue;
      const attempt = { task: task.id, generation: task.generation };
      wire.receive({ type: 'task.progress', id: 'late', ...attempt, seq: LATE_SEQ, note: 'still here' });
    }
  }

  /** The process died under its sockets. */
  lost(): void {
    for (const connection of this.#wires.keys()) connection.dropHubEnd();
    this.#wires.clear();
  }
}

class SimWire implements Wire {
  session!: AgentSession;
  /** Requests that wait for their answer, by id. */
  readonly #asked = new Map<string | number, SidecarFrame>();
  /** What the hello said is held, when it would be wrong to have it dropped. */
  #mustKeep: BrokenPromise | undefined;

  constructor(
    private readonly hub: SimHub,
    private readonly world: World,
    private readonly connection: Connection,
    private readonly agent: string,
  ) {}

  receive(frame: SidecarFrame): void {
    if (frame.id !== undefined) this.#asked.set(frame.id, frame);
    this.session.heard();
    this.session.frame(frame, Buffer.byteLength(JSON.stringify(frame)));
  }

  /** The hello was decided: the state tells whether what is held may be dropped. */
  decided(): void {
    const hello = [...this.#asked.values()].find((frame) => frame.type === 'hello');
    if (hello?.type !== 'hello' || hello.holding === undefined) return;
    try {
      liveWorkIsKept(this.agent, hello.holding, this.hub.state);
    } catch (error) {
      if (!(error instanceof BrokenPromise)) throw error;
      this.#mustKeep = error;
    }
  }

  send(frame: Sendable): void {
    if (frame instanceof Promise) throw new Error('nothing has to be fetched here');
    const said = this.#mutated(frame as HubFrame);
    if (!this.connection.isOpenAtHub) return;
    this.world.check(() => this.#checkAnswer(said));
    this.connection.toSidecar(said);
  }

  close({ code, error }: Closing): void {
    if (!this.connection.isOpenAtHub) return;
    if (error !== undefined) {
      const { retryAfterMs = 0, ...rest } = error;
      this.connection.toSidecar({ type: 'error', ...rest, details: [], retryable: true, retryAfterMs } as HubFrame);
    }
    this.connection.closeByHub(code);
    this.hub.gateway.closed(this.connection, code);
  }

  terminate(): void {
    this.close({ code: 1006, reason: '' });
  }

  ping(): void {
    this.connection.ping();
  }

  hold(): void {}

  readonly isHeld = false;

  #checkAnswer(frame: HubFrame): void {
    if (frame.type === 'welcome' && frame.holding === 'drop' && this.#mustKeep !== undefined) throw this.#mustKeep;
    if (frame.type !== 'ok') return;
    const asked = this.#asked.get(frame.re);
    this.#asked.delete(frame.re);
    if (asked === undefined) return;
    const { ledger, store } = this.world;
    if (asked.type === 'task.stopped') leftIsNamed(this.agent, asked, store.truth.tasks.get(asked.task));
    else checkStored(ledger, asked, this.agent);
  }

  #mutated(frame: HubFrame): HubFrame {
    if (frame.type !== 'welcome' || this.world.mutation.keepsEverything !== true) return frame;
    const hello = this.#asked.get(frame.re);
    return hello?.type === 'hello' && hello.holding !== undefined ? { ...frame, holding: 'keep' } : frame;
  }
}

/** Promise 5 at the moment of the `ok`. */
function checkStored(ledger: Ledger, frame: SidecarFrame, agent: string): void {
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
