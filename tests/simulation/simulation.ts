// One run: a small fleet, a random workload, and every kind of fault for a while; then calm, until everything has ended. Whatever a seed
// does, it does again.

import type { Command } from '@agentcom/hub/core/commands';
import { Refusal } from '@agentcom/hub/core/refusal';
import { emptyState } from '@agentcom/hub/core/state';
import { recoverFrom } from '@agentcom/hub/journal/log/memory-journal';
import { BOUNDS, UNBOUND } from './bounds.js';
import { BrokenPromise } from './broken-promise.js';
import { Clients } from './clients.js';
import { SimHub } from './hub.js';
import { Intruder } from './intruder.js';
import { Ledger } from './ledger.js';
import { type Mutation, NONE } from './mutation.js';
import type { Connection } from './network.js';
import { SimOutbox } from './outbox.js';
import { confirmedTasksHaveEnded, everybodyIsTold, oneRequest, sameState } from './promises.js';
import { Random } from './random.js';
import { Schedule } from './schedule.js';
import { CHANNEL, CONFIG, ORG } from './settings.js';
import { SimSidecar } from './sidecar.js';
import { dumpOf, Store } from './store.js';
import { Trace } from './trace.js';
import { CALM, drawWeather, type Weather } from './weather.js';
import type { World } from './world.js';

/** After the faults everything must have ended within this time, ms. */
const CALM_MS = 45 * 60_000;
const SECOND_MS = 1_000;
/** Bounds a run that goes round in circles. */
const STEPS_MAX = 400_000;

export interface RunOptions {
  readonly mutation?: Mutation;
  /** Gets every line of what happens. */
  readonly print?: (line: string) => void;
}

export interface Outcome {
  readonly seed: number;
  /** Null when every promise held. */
  readonly broken: {
    readonly promise: string;
    readonly message: string;
    readonly lastEvents: readonly string[];
  } | null;
  readonly tasks: number;
  readonly batches: number;
  readonly virtualMs: number;
}

export async function run(seed: number, options: RunOptions = {}): Promise<Outcome> {
  const simulation = new Simulation(seed, options);
  let broken: Outcome['broken'] = null;
  try {
    await simulation.run();
  } catch (error) {
    const lastEvents = simulation.world.trace.newest();
    if (error instanceof BrokenPromise) broken = { promise: error.promise, message: error.message, lastEvents };
    else
      broken = {
        promise: 'no defect',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
        lastEvents,
      };
  }
  const { ledger, schedule, store } = simulation.world;
  return { seed, broken, tasks: ledger.confirmed.size, batches: store.messages.length, virtualMs: schedule.now };
}

class Simulation {
  readonly world: World;
  readonly #clients: Clients;
  readonly #faultsUntil: number;
  readonly #tasks: number;
  readonly #intruders: readonly Intruder[];
  #failure: { readonly error: unknown } | undefined;

  constructor(seed: number, options: RunOptions) {
    const random = new Random(seed);
    const schedule = new Schedule();
    const hubs: SimHub[] = [];
    const sidecars: SimSidecar[] = [];
    let ids = 0;
    const world: Omit<World, 'store' | 'outbox'> & { store?: Store; outbox?: SimOutbox } = {
      random,
      schedule,
      trace: new Trace(() => schedule.now, options.print ?? null),
      ledger: new Ledger(),
      hubs,
      sidecars,
      connections: new Set<Connection>(),
      mutation: options.mutation ?? NONE,
      weather: drawWeather(random),
      isUnsettled: false,
      newId: () => `id-${String(++ids).padStart(6, '0')}`,
      check: (promise) => {
        try {
          promise();
        } catch (error) {
          this.#failure ??= { error };
        }
      },
      failed: (error) => {
        this.#failure ??= { error };
      },
      storeRestarted: () => {
        for (const hub of hubs) hub.reverify();
      },
    };
    world.store = new Store(world as World);
    world.outbox = new SimOutbox(world as World);
    this.world = world as World;
    const exclusive = random.chance(0.5);
    for (const name of exclusive ? ['hub-a'] : ['hub-a', 'hub-b']) hubs.push(new SimHub(this.world, name, exclusive));
    const capabilities = [['git'], ['git', 'node'], ['git', 'gpu', 'node']];
    const agents = random.between(1, 5);
    for (let i = 0; i < agents; i++) {
      // Whatever is submitted, one of the first three may have.
      const bound = i < 3 ? UNBOUND : random.pick(BOUNDS);
      const offered = capabilities[Math.min(i, 2)] as string[];
      const runners = bound.runners === undefined ? [] : ['runner:claude', 'runner:codex'];
      sidecars.push(new SimSidecar(this.world, `agent-${i}`, [...offered, ...runners], bound));
    }
    this.#intruders = sidecars.map((sidecar) => new Intruder(this.world, sidecar));
    const served = capabilities.slice(0, Math.min(agents, 3));
    this.#clients = new Clients(this.world, [[], ...served, ...(agents > 1 ? [['node']] : [])]);
    this.#faultsUntil = random.between(30, 120) * SECOND_MS;
    this.#tasks = random.between(8, 30);
  }

  async run(): Promise<void> {
    const { hubs, random, schedule, sidecars, trace, weather } = this.world;
    trace.note('weather', '', weather);
    const stormy = weather;
    this.world.weather = CALM;
    for (const hub of hubs) hub.boot();
    this.#enrol(() => {
      this.world.weather = stormy;
      for (const sidecar of sidecars) sidecar.boot();
      for (let i = 0; i < this.#tasks; i++) {
        schedule.after(random.between(0, this.#faultsUntil), () => this.#clients.submit(i));
      }
      this.#everySecond(stormy);
    });
    let steps = 0;
    while (!this.#hasEnded() && steps++ < STEPS_MAX) {
      if (!schedule.step()) break;
      if (this.world.isUnsettled) await settled(this.world);
      if (this.#failure !== undefined) throw this.#failure.error;
    }
    confirmedTasksHaveEnded(this.world.ledger, this.world.store.truth);
    if (!this.#hasEnded()) throw new BrokenPromise('1', 'the run did not come to rest');
    everybodyIsTold(this.world.ledger, this.world.outbox.kept);
    oneRequest(this.world.ledger, new Set(this.world.sidecars.flatMap(({ machine }) => machine.held ?? [])));
    this.#checkReplays();
  }

  /** The agents join before the faults begin, as an installation would have made sure. */
  #enrol(then: () => void): void {
    const { hubs, schedule, sidecars } = this.world;
    const leader = hubs.find((hub) => hub.isLeading);
    if (leader === undefined) return schedule.after(100, () => this.#enrol(then));
    const hash = (name: string): string => `hash of ${name}`;
    const commands: Command[] = [
      { type: 'config.patch', patch: CONFIG, by: 'owner' },
      { type: 'org.ensure', org: ORG },
      { type: 'notify.create_channel', org: ORG, by: 'owner', ...CHANNEL },
      { type: 'notify.set_routes', org: ORG, by: 'owner', routes: [{ match: {}, channels: [CHANNEL.name] }] },
    ];
    for (const { name, capabilities, bound } of sidecars) {
      const token = hash(`the token of ${name}`);
      commands.push({
        type: 'enrolment.create',
        name: `of ${name}`,
        org: ORG,
        by: 'owner',
        hash: token,
        uses: 1,
        ttlMs: 3_600_000,
        capabilities: [],
        ...bound.invitation,
      });
      this.world.ledger.bounds.set(name, bound);
      commands.push({
        type: 'enrol',
        tokenHash: token,
        keyHash: hash(name),
        name,
        capabilities,
        host: 'simulated',
        os: 'none',
      });
    }
    if (this.world.random.chance(0.4)) commands.push(this.#clients.anyLimit());
    let left = commands.length;
    for (const command of commands) {
      leader.execute(command, 'http', (outcome) => {
        if (outcome instanceof Refusal) throw new Error(`${command.type}: ${outcome.message}`);
        if (--left === 0) then();
      });
    }
  }

  #everySecond(stormy: Weather): void {
    const { random, schedule } = this.world;
    if (schedule.now >= this.#faultsUntil) return this.#calm();
    this.#disturb(stormy);
    if (random.chance(0.4)) this.#clients.operate();
    this.#clients.look();
    if (random.chance(0.03)) this.world.store.takeSnapshot();
    for (const connection of this.world.connections) if (connection.isOver) this.world.connections.delete(connection);
    schedule.after(SECOND_MS, () => this.#everySecond(stormy));
  }

  #disturb(weather: Weather): void {
    const { hubs, random, sidecars } = this.world;
    const hub = random.pick(hubs);
    const sidecar = random.pick(sidecars);
    if (random.chance(weather.linkCut)) this.#cut(sidecar, random.between(500, 40_000));
    if (random.chance(weather.hubPaused) && hub.isUp && !hub.isPaused) {
      const ms = random.between(500, 30_000);
      if (random.chance(0.5)) hub.stall(ms);
      else hub.sleep(ms);
    }
    if (random.chance(weather.sidecarPaused) && sidecar.isUp && !sidecar.isPaused)
      sidecar.stall(random.between(500, 60_000));
    if (random.chance(weather.intruded)) random.pick(this.#intruders).visit();
    if (random.chance(weather.machineBroken)) sidecar.machine.breakFor(random.between(1_000, 60_000));
    if (random.chance(weather.clockJumped)) hub.wallJumps(random.between(-60_000, 60_000));
    if (random.chance(weather.hubStopped) && hub.isUp && !hub.isPaused) hub.leave();
  }

  #cut(sidecar: SimSidecar, ms: number): void {
    const { schedule, trace } = this.world;
    const { way } = sidecar;
    if (way.isCut) return;
    way.isCut = true;
    trace.note(sidecar.name, 'is cut off', { ms });
    schedule.after(ms, () => this.#heal(sidecar));
  }

  #heal(sidecar: SimSidecar): void {
    const { way } = sidecar;
    way.isCut = false;
    for (const connection of this.world.connections) if (connection.link === way) connection.healed();
  }

  /** The faults are over. Frames were reordered, which no socket does, so every connection begins anew. */
  #calm(): void {
    const { hubs, schedule, sidecars, trace } = this.world;
    this.world.weather = CALM;
    trace.note('weather', 'calm');
    for (const process of [...hubs, ...sidecars]) process.resume();
    for (const hub of hubs) if (!hub.isUp) hub.boot();
    for (const sidecar of sidecars) {
      if (!sidecar.isUp) sidecar.boot();
      this.#heal(sidecar);
    }
    for (const intruder of this.#intruders) intruder.leave();
    for (const connection of this.world.connections) connection.break();
    const tidy = (): void => {
      this.#clients.tidyUp();
      for (const sidecar of sidecars) sidecar.restartIfRefused();
      schedule.after(5 * SECOND_MS, tidy);
    };
    tidy();
  }

  #hasEnded(): boolean {
    const { ledger, schedule, sidecars, store, weather } = this.world;
    if (weather !== CALM || schedule.now < this.#faultsUntil) return false;
    if (schedule.now > this.#faultsUntil + CALM_MS) throw new BrokenPromise('1', this.#unfinished());
    if (store.truth.notify.pending.size > 0) return false;
    if (this.#clients.open > 0 || sidecars.some(({ holds }) => holds !== null)) return false;
    const { completed, cancelled, dead } = store.truth.taskIndex.counts();
    return completed + cancelled + dead === store.truth.tasks.size && store.truth.tasks.size >= ledger.confirmed.size;
  }

  #unfinished(): string {
    const { sidecars, store } = this.world;
    const open = [...store.truth.tasks.values()].filter(
      ({ finishedAt, state }) => finishedAt === undefined && state !== 'dead',
    );
    const tasks = open.map(({ id, state, agent }) => `${id} is ${state}${agent === undefined ? '' : ` with ${agent}`}`);
    const held = sidecars.flatMap(({ name, holds }) =>
      holds === null ? [] : [`${name} holds ${holds.task.id} (${holds.phase})`],
    );
    return `no end: ${this.#clients.open} submissions without an answer; ${[...tasks, ...held].join('; ')}`;
  }

  /** Promise 7, at the end: from zero, from every snapshot, and as the leader has it. */
  #checkReplays(): void {
    const { hubs, store } = this.world;
    const truth = dumpOf(store.truth);
    const replayed =
      store.messages.length === 0 ? emptyState() : recoverFrom(store.messages, store.head, () => '').state;
    sameState('replayed from the beginning', dumpOf(replayed), truth);
    for (const snapshot of store.snapshots) {
      sameState(`replayed from snapshot ${snapshot.head.seq}`, dumpOf(store.replay(snapshot).state), truth);
    }
    const leader = hubs.find((hub) => hub.isLeading && hub.isSettled);
    if (leader !== undefined) sameState(`as ${leader.name} has it`, dumpOf(leader.state), truth);
  }
}

/** Everything that shipped code does on from what it has been told, until it waits for something again. */
function settled(world: World): Promise<void> {
  world.isUnsettled = false;
  return new Promise((resolve) => setImmediate(resolve));
}
