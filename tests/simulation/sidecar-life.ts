// One life of a sidecar's process: the shipped loop and the shipped link, until it is killed. What they have still begun then does nothing.

import type { Scheduler } from '@agentcom/schemas';
import { silentLog } from '@agentcom/schemas/log-testing';
import type { Failure } from '@agentcom/sidecar/core/attempt';
import type { Job, JobEvent, RequestFrame } from '@agentcom/sidecar/core/job';
import { FitnessWatch } from '@agentcom/sidecar/fitness-watch';
import { Link } from '@agentcom/sidecar/link/link';
import { JobLoop, type LoopParts } from '@agentcom/sidecar/loop';
import type { AgentCalls, HubLink, TaskFrame } from '@agentcom/sidecar/ports';
import { type AgentTurn, hasAsked, type Saying } from './agent.js';
import type { SimSidecar } from './sidecar.js';
import { attemptOf, SidecarPorts } from './sidecar-ports.js';
import { SimWire } from './sidecar-wire.js';
import type { World } from './world.js';

export class SidecarLife {
  isOver = false;
  readonly #ports: SidecarPorts;
  readonly #loop: SeenLoop;
  /** Its key is in use on another machine: it has ended for good, with what it held. */
  isRefused = false;
  readonly #link: Link;
  readonly #fitness: FitnessWatch;
  #wire: SimWire | null = null;

  constructor(
    private readonly world: World,
    private readonly sidecar: SimSidecar,
    number: number,
  ) {
    const scheduler = sidecar.scheduler(world.random);
    this.#ports = new SidecarPorts(world, sidecar, this);
    const { memory, workspaces, runner, forge } = this.#ports;
    const parts = { memory, workspaces, runner, forge, link: this.#hubLink(), scheduler, log: silentLog };
    const whyNot = (): string | undefined => this.#fitness.unfit?.message;
    this.#loop = new SeenLoop(
      { ...parts, heardAt: () => this.#link.heardAt, runners: ONLY_CLAUDE, budget: {}, whyNot },
      sidecar.machine.load(),
      this,
    );
    this.#link = this.#newLink(scheduler, `${sidecar.name}-${number}`);
    this.#fitness = new FitnessWatch({
      probe: () => Promise.resolve({ unfit: this.#seenFault(), withoutRunners: new Map() }),
      changed: () => this.#link.tellHealth(),
      ...{ scheduler, log: silentLog },
    });
  }

  get job(): Job | null {
    return this.#loop.state.job;
  }

  start(): void {
    this.#loop.start();
    void this.#fitness.begin();
    this.#link.start();
  }

  /** As by `kill -9`: of what the disk was taking, all or nothing is there. */
  end(): void {
    this.isOver = true;
    if (this.#ports.writing !== undefined && this.world.random.chance(0.5)) this.#ports.writing();
    this.#wire?.abandon();
  }

  /** Something the process does, after which it may be killed. A promise that breaks is no error the sidecar could live with. */
  check(act: () => void): void {
    if (this.isOver) return;
    try {
      act();
      this.sidecar.mayDie();
    } catch (error) {
      this.isOver = true;
      this.world.failed(error);
    }
  }

  /** Now and then a probe sees nothing of what keeps agents from starting. */
  #seenFault(): Failure | undefined {
    return this.world.random.chance(0.3) ? undefined : this.sidecar.machine.fault;
  }

  happened(event: JobEvent, before: Job | null): void {
    this.world.trace.note(this.sidecar.name, 'event', event);
    const failure = this.job?.failure;
    if (failure?.class === 'machine' && before?.failure == null) this.#fitness.failed(failure);
    this.sidecar.noteDropped(before, this.job);
  }

  /** The agent's process says what it has to say, again after a restart of the sidecar until it is answered. */
  hearAgent(job: Job, turn: AgentTurn): void {
    const { ledger } = this.world;
    const attempt = attemptOf(job);
    this.#say(
      turn,
      turn.submission,
      (calls, submitted) => {
        ledger.submitted.get(turn.key)?.add(submitted.summary);
        return calls.submit(attempt, submitted);
      },
      () => ledger.submitted.set(turn.key, new Set([turn.submission?.what.summary ?? ''])),
    );
    this.#say(
      turn,
      turn.question,
      (calls, question) => calls.ask(attempt, question),
      () => {
        ledger.asks(attempt, turn.question?.what.questionId ?? '');
        hasAsked(this.world, job, turn);
        this.#ports.moved(turn);
      },
    );
  }

  #say<T>(
    turn: AgentTurn,
    saying: Saying<T> | null,
    call: (calls: AgentCalls, what: T) => ReturnType<AgentCalls['ask']>,
    taken: () => void,
  ): void {
    if (saying === null || saying.isAnswered) return;
    const { schedule } = this.world;
    this.sidecar.later(Math.max(0, saying.at - schedule.now), () => {
      if (turn.isOver || saying.isAnswered || turn.endsAt <= schedule.now) return;
      void call(this.#loop, saying.what).then((outcome) => {
        if (this.isOver || saying.isAnswered || turn.endsAt <= schedule.now) return;
        saying.isAnswered = true;
        if (outcome.ok && !turn.isOver) this.check(taken);
      });
    });
  }

  #hubLink(): HubLink {
    return {
      request: (frame, done) =>
        this.check(() => {
          if (this.#answersItself(frame)) this.sidecar.later(0, () => done(null));
          else this.#link.request(frame, done);
        }),
    };
  }

  #answersItself(frame: RequestFrame): boolean {
    return this.#link.phase === 'online' && this.world.mutation.answersItself?.(frame) === true;
  }

  #newLink(scheduler: Scheduler, instance: string): Link {
    const { name, capabilities, way } = this.sidecar;
    const connect = (listener: ConstructorParameters<typeof SimWire>[3]) => {
      this.#wire = new SimWire(this.world, this.sidecar, way, listener);
      return this.#wire;
    };
    const agent = { name, capabilities, version: '1', host: 'simulated', os: 'none' };
    return new Link(
      { connect, agent, instance, machine: name, scheduler, log: silentLog },
      {
        holding: () => this.#loop.holding(),
        unfit: () => this.#fitness.unfit,
        health: () => Promise.resolve({}),
        welcomed: (verdict, _hubTime, graceMs) =>
          this.#loop.feed({ type: 'online', verdict, ...(graceMs !== undefined && { graceMs }) }),
        lost: (heardAt) => this.#loop.feed({ type: 'offline', heardAt }),
        task: (frame) => this.#hear(frame),
        outputTaken: () => undefined,
        outputHeldUp: () => undefined,
        diffAsked: () => undefined,
        message: () => undefined,
        ended: (cause) => {
          // The close may come without the frame that says why.
          this.isRefused = cause === 'other_machine' || cause === 'not_allowed';
        },
      },
    );
  }

  #hear(frame: TaskFrame): void {
    const { mutation, random, weather } = this.world;
    if (frame.type === 'task.answer' && mutation.confirmsUnheard === true) {
      const { task, generation, questionId } = frame;
      this.#wire?.send({ type: 'task.answered', id: `confirmed-${questionId}`, task, generation, questionId });
    } else if (frame.type === 'task.assign' && random.chance(weather.unwilling)) {
      this.#loop.hear({ ...frame, task: { ...frame.task, runner: 'aider' } });
    } else this.#loop.hear(frame);
  }
}

const ONLY_CLAUDE = { kind: 'claude', also: [], models: [] } as const;

/** The shipped loop, seen by the ledger. */
class SeenLoop extends JobLoop {
  constructor(
    parts: LoopParts,
    job: Job | null,
    private readonly life: SidecarLife,
  ) {
    super(parts, job);
  }

  override feed(event: JobEvent): void {
    if (this.life.isOver) return;
    const before = this.state.job;
    super.feed(event);
    this.life.check(() => this.life.happened(event, before));
  }
}
