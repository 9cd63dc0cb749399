// What the shipped loop asks of the world, for one life of a sidecar in virtual time: its disk, where its agent works, the agent itself, and
// a forge. Work takes a while and fails now and then. Nothing happens here once that life is over.

import { branchForms, salvageRefOf, type VerificationRun } from '@agentcom/schemas';
import type { Checked, Exit, Failure, Requested, Salvage, Workspace } from '@agentcom/sidecar/core/attempt';
import type { FailingPhase, Job, RunProgress } from '@agentcom/sidecar/core/job';
import { NO_SETTINGS } from '@agentcom/sidecar/core/repo-settings';
import type { Forge, JobMemory, Outcome, Runner, Workspaces } from '@agentcom/sidecar/ports';
import { type AgentTurn, endTurn } from './agent.js';
import { type Attempt, keyOf } from './facts.js';
import { worksInOrder } from './promises.js';
import type { SimSidecar } from './sidecar.js';
import type { SidecarLife } from './sidecar-life.js';
import type { World } from './world.js';

export class SidecarPorts {
  /** What the disk is taking, which a kill may leave there or not. */
  writing: (() => void) | undefined;
  /** Looks again for the end of a turn that is waited for. */
  readonly #turns = new Map<AgentTurn, () => void>();

  constructor(
    private readonly world: World,
    private readonly sidecar: SimSidecar,
    private readonly life: SidecarLife,
  ) {}

  readonly memory: JobMemory = {
    persist: (job) => this.#write(() => this.sidecar.keep(job)),
    forget: (job) => this.#write(() => this.sidecar.forget(job)),
    previous: (task) => this.sidecar.machine.previous(task),
  };

  readonly workspaces: Workspaces = {
    prepare: async (job, signal) => {
      const prepared = await this.#try('preparing', [10, 2_000], 0.03, signal, (): Workspace => this.#workspaceOf(job));
      const { fault } = this.sidecar.machine;
      return fault === undefined ? prepared : { ok: false, failure: fault };
    },
    setUp: (_job, run) => run(),
    check: (_job, signal) =>
      this.#try('checking', [10, 500], 0.05, signal, (): Checked => ({ commit: COMMIT, base: BASE, notes: [] })),
    push: (job, signal) => {
      const { machine } = this.sidecar;
      const key = keyOf(attemptOf(job));
      this.life.check(() => {
        const isVerified = machine.verifies(job).length === 0 || machine.verified.has(key);
        worksInOrder(isVerified, `${key} is pushed unverified`);
      });
      return this.#try('pushing', [10, 1_000], 0.1, signal, () => {
        machine.pushed.add(key);
        return null;
      });
    },
    salvage: (job, signal) => {
      const { random } = this.world;
      const isKept = random.chance(0.5);
      const ref = isKept && job.workspace?.kind === 'git' ? job.workspace.salvageRef : null;
      const isComplete = random.chance(0.9);
      // Now and then it takes longer than the hub waits for the end of what it stopped.
      return this.#after([1, random.chance(0.1) ? 30_000 : 300], signal, (): Salvage => ({ ref, isComplete }));
    },
    isPushed: (job, signal) =>
      this.#after([10, 500], signal, () => this.sidecar.machine.pushed.has(keyOf(attemptOf(job)))),
    target: () => Promise.resolve({ ok: true, value: 'main' }),
    beyondChecked: () => Promise.resolve([]),
    changedPaths: () => Promise.resolve([]),
  };

  readonly runner: Runner = {
    anticipate: () => () => undefined,
    run: (job, onProgress, signal) => this.#run(job, onProgress, signal),
    reset: () => Promise.resolve(),
    setUp: () => Promise.resolve({ ok: true, value: null }),
    endTurn: (job) => {
      this.life.check(() => {
        const turn = this.sidecar.machine.found(job);
        if (turn === undefined) return;
        endTurn(this.world, job, turn);
        this.moved(turn);
      });
      return Promise.resolve();
    },
    cutShort: (job) => {
      const turn = this.sidecar.machine.found(job);
      if (turn === undefined || this.world.random.chance(0.3)) return Promise.resolve(null);
      const ended = this.#endOf(job, turn);
      return Promise.resolve(ended.ok ? ended.value : null);
    },
    verify: (job, commands, signal) => {
      const { random } = this.world;
      const runs = commands.map((command): VerificationRun => {
        return { command, exitCode: Number(random.chance(0.1)), seconds: 1, output: '' };
      });
      return this.#try('verifying', [10, 3_000], 0.03, signal, () => {
        if (runs.every(({ exitCode }) => exitCode === 0)) this.sidecar.machine.verified.add(keyOf(attemptOf(job)));
        return runs;
      });
    },
    halt: (attempt) => {
      if (!this.life.isOver) this.sidecar.machine.halt(attempt);
      return this.#after([1, 200], undefined, () => undefined);
    },
  };

  readonly forge: Forge = {
    request: (job, signal) => {
      const key = keyOf(attemptOf(job));
      this.life.check(() => {
        worksInOrder(this.sidecar.machine.pushed.has(key), `a request is opened for ${key}, which is not pushed`);
      });
      const { ledger, random } = this.world;
      const url = `https://forge.example/${random.between(1, 99)}`;
      // The forge may have opened it although nobody hears of that.
      if (!this.life.isOver && random.chance(0.5)) ledger.requests.add(key);
      return this.#try('requesting', [10, 8_000], 0.2, signal, (): Requested => {
        ledger.requests.add(key);
        return { url, notes: [] };
      });
    },
    withdraw: (job, signal) =>
      this.#after([10, 2_000], signal, () => {
        if (this.world.mutation.leavesRequests !== true) this.world.ledger.requests.delete(keyOf(attemptOf(job)));
        return null;
      }),
  };

  /** A turn ends at another time than it was to. */
  moved(turn: AgentTurn): void {
    this.#turns.get(turn)?.();
  }

  #run(job: Job, onProgress: (progress: RunProgress) => void, signal: AbortSignal): Promise<Outcome<Exit>> {
    const { random, schedule } = this.world;
    return this.#begin(signal, (resolve) => {
      const { machine } = this.sidecar;
      if (machine.found(job) === undefined && machine.fault !== undefined) {
        return resolve({ ok: false, failure: machine.fault });
      }
      const turn = machine.turnOf(job);
      this.life.hearAgent(job, turn);
      let isTold = false;
      const watch = () => {
        const until = turn.endsAt;
        if (until === Number.POSITIVE_INFINITY) return;
        this.sidecar.later(Math.max(0, until - schedule.now), () => {
          if (isTold || signal.aborted || turn.endsAt !== until) return;
          isTold = true;
          resolve(this.#endOf(job, turn));
        });
      };
      this.#turns.set(turn, watch);
      watch();
      if (!random.chance(0.3)) return;
      const progress = { note: 'going on', fraction: random.next(), usage: { inputTokens: random.between(0, 20) } };
      this.sidecar.later(random.between(1, 2_000), () => {
        if (!isTold && !signal.aborted) onProgress(progress);
      });
    });
  }

  #endOf(job: Job, turn: AgentTurn): Outcome<Exit> {
    const { ledger, mutation } = this.world;
    const attempt = attemptOf(job);
    const { exit } = turn;
    if ('class' in exit) return { ok: false, failure: exit };
    ledger.turnEnds(attempt, turn.number, exit.usage.inputTokens ?? 0);
    if (exit.question !== null && !turn.isOver) ledger.asks(attempt, exit.question.questionId);
    return { ok: true, value: mutation.exit?.(exit, job) ?? exit };
  }

  #workspaceOf(job: Job): Workspace {
    const dir = `/${job.task.id}`;
    const { repo } = job.task;
    if (repo === undefined) return { kind: 'scratch', dir };
    const attempt = { ...attemptOf(job), agent: this.sidecar.name };
    return {
      ...({ kind: 'git', dir, mirror: dir, gitDir: dir, url: repo.url } as const),
      ...{ branch: branchForms(attempt)[0] ?? dir, salvageRef: salvageRefOf(attempt) },
      ...{ base: BASE, baseBranch: 'main', restored: job.previous?.salvageRef != null },
      settings: NO_SETTINGS,
    };
  }

  #write(write: () => void): Promise<void> {
    if (!this.life.isOver) this.writing = write;
    return this.#after([0, 10], undefined, () => {
      this.writing = undefined;
      write();
    });
  }

  #try<T>(
    phase: FailingPhase,
    ms: readonly [number, number],
    failing: number,
    signal: AbortSignal,
    done: () => T,
  ): Promise<Outcome<T>> {
    const { random } = this.world;
    return this.#after(ms, signal, () => {
      if (!random.chance(failing)) return { ok: true, value: done() };
      const failure: Failure = { class: this.#classOf(phase), code: 'git.failed', message: 'it did not work' };
      return { ok: false, failure };
    });
  }

  #classOf(phase: FailingPhase): Failure['class'] {
    if (phase === 'checking') return 'verification';
    return phase === 'requesting' ? this.world.random.pick(['transient', 'permanent']) : 'transient';
  }

  #after<T>(ms: readonly [number, number], signal: AbortSignal | undefined, done: () => T): Promise<T> {
    return this.#begin(signal, (resolve) => {
      this.sidecar.later(this.world.random.between(...ms), () => {
        if (signal?.aborted !== true) resolve(done());
      });
    });
  }

  /** Rejects when the signal fires; never settles after the life is over. */
  #begin<T>(signal: AbortSignal | undefined, begin: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.life.check(() => begin(resolve));
    });
  }
}

const COMMIT = 'c'.repeat(40);
const BASE = 'b'.repeat(40);

export function attemptOf(job: Job): Attempt {
  return { task: job.task.id, generation: job.generation };
}
