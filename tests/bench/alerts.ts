// What one evaluation of all alert rules costs with 100,000 tasks and 5,000 agents: a state as hubs have it under load, and one in which
// as much as possible is wrong.

import { conditionsOf } from '@agentcom/hub/core/alert/conditions';
import { type HubFigures, NO_FIGURES } from '@agentcom/hub/core/alert/figures';
import type { Command, Replies } from '@agentcom/hub/core/commands';
import { type Decided, decide } from '@agentcom/hub/core/decide';
import type { Inputs } from '@agentcom/hub/core/decision';
import { Refusal } from '@agentcom/hub/core/refusal';
import { emptyState, type State } from '@agentcom/hub/core/state';
import { uuidv7 } from 'uuidv7';
import { percentile, rounded } from './figures.js';
import type { Part } from './part.js';

const ORG = 'default';
const TASKS = 100_000;
const AGENTS = 5_000;
const EVALUATIONS = 400;
const WARM_UP = 40;
const GOAL_MS = 20;
const LANES = ['urgent', 'high', 'normal', 'low'] as const;
const SKILLS = ['git', 'node', 'go', 'rust', 'gpu', 'docker'];
/** As one organisation may have it that means harm. */
const VARIED = 'the same with each agent of its own kind and 5,000 different needs';
const DAY_MS = 24 * 3_600_000;

export const alerts: Part = {
  name: 'alerts',
  about: `cost of evaluating all alert rules at ${TASKS} tasks and ${AGENTS} agents`,
  async run({ quick, say }) {
    const part = quick ? 0.05 : 1;
    const fleet = new Fleet(TASKS * part, AGENTS * part);
    say('the state is built');
    const calm = fleet.evaluate(0);
    const late = fleet.evaluate(DAY_MS);
    const varied = new Fleet(TASKS * part, AGENTS * part, true).evaluate(DAY_MS);
    const row = (what: string, { p50, p99, found }: Measured) => [
      { what: `${what} (${found} found), p50`, value: `${p50} ms` },
      { what: `${what}, p99`, value: `${p99} ms`, goal: `≤ ${GOAL_MS} ms`, met: p99 <= GOAL_MS },
    ];
    return {
      rows: [
        ...row('all alert rules, at once', calm),
        ...row('all alert rules, a day on', late),
        ...row(VARIED, varied),
      ],
      json: { alerts: { calm, late, varied } },
    };
  },
};

interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly found: number;
}

class Fleet {
  readonly #state: State = emptyState();
  readonly #inputs: Inputs = { newId: uuidv7, random: () => 0.5 };
  #now = 1_700_000_000_000;
  #seq = 0;

  /** Every agent works, at 25 kinds of skills; a few attempts failed, a few tasks died with others behind them. */
  constructor(
    tasks: number,
    agents: number,
    private readonly isVaried = false,
  ) {
    this.#decide({ type: 'leader.elect', hub: 'bench', epoch: 1, url: 'http://bench', version: '0.2.0' });
    this.#decide({ type: 'org.ensure', org: ORG });
    const enrolment = { type: 'enrolment.create', org: ORG, by: 'bench', hash: 'token' } as const;
    this.#decide({ ...enrolment, uses: 1_000_000, ttlMs: 1e9, capabilities: [] });
    for (let i = 0; i < agents; i++)
      this.#join(`agent-${i}`, this.isVaried ? [...skillsOf(i), `own-${i}`].sort() : skillsOf(i));
    for (let i = 0; i < tasks; i++) this.#submit(i);
    for (const agent of [...this.#state.agents.values()]) this.#work(agent.name);
  }

  evaluate(laterMs: number): Measured {
    const now = this.#now + laterMs;
    const { values } = this.#state.config;
    const figures = this.#figures();
    const times: number[] = [];
    let found = 0;
    for (let i = 0; i < WARM_UP + EVALUATIONS; i++) {
      const began = performance.now();
      found = conditionsOf(figures, this.#state, values, now + i).length;
      if (i >= WARM_UP) times.push(performance.now() - began);
    }
    return { p50: rounded(percentile(times, 0.5), 2), p99: rounded(percentile(times, 0.99), 2), found };
  }

  /** Output of every other task, and clocks of all agents. */
  #figures(): HubFigures {
    const outputAt = new Map<string, number>();
    const clockSkewMs = new Map<string, number>();
    for (const { name, task } of this.#state.agents.values()) {
      clockSkewMs.set(`${ORG}/${name}`, 10);
      if (task !== undefined && outputAt.size < clockSkewMs.size / 2) outputAt.set(task, this.#now);
    }
    return { ...NO_FIGURES, outputAt, clockSkewMs };
  }

  #join(agent: string, capabilities: readonly string[]): void {
    const machine = { host: `host-${agent.length}`, os: 'linux', capabilities };
    this.#decide({ type: 'enrol', tokenHash: 'token', keyHash: `key of ${agent}`, name: agent, ...machine });
    const hello = { connection: `c-${agent}`, instance: 'i', version: '0.1.0' };
    this.#decide({ type: 'agent.hello', org: ORG, agent, ...machine, ...hello });
  }

  #submit(i: number): void {
    this.#now++;
    const usual = i % 3 === 0 ? [] : [SKILLS[i % SKILLS.length] ?? 'git'];
    const needs = this.isVaried && i % 20 === 0 ? [`want-${i}`] : usual;
    const repo = { url: `https://git.example.com/repo-${i % 500}.git` };
    const lane = LANES[(i >> 3) % LANES.length] ?? 'normal';
    const spec = { title: `task ${i}`, prompt: 'work', lane, needs, ...(i % 2 === 0 && { repo }) };
    this.#decide({ type: 'task.submit', org: ORG, by: 'bench', spec });
  }

  /** Each agent ends some attempts of its own, and stays at work or at a question. */
  #work(agent: string): void {
    for (let i = 0; i < 5; i++) {
      const attempt = this.#attempt(agent);
      if (attempt === undefined) return;
      this.#decide({ type: 'task.accept', ...attempt });
      const report = { seq: ++this.#seq, digest: 'digest' };
      if (i === 4) {
        const question = { questionId: 'q', question: 'which?' };
        if (this.#seq % 4 === 0) this.#decide({ type: 'task.block', ...attempt, report, question });
      } else if (this.#seq % 10 === 0) {
        const spec = { title: 'behind', prompt: 'work', lane: 'low', needs: [], dependsOn: [attempt.task] } as const;
        this.#decide({ type: 'task.submit', org: ORG, by: 'bench', spec });
        const error = { class: 'permanent', code: 'it.failed', message: 'it failed' } as const;
        this.#decide({ type: 'task.fail', ...attempt, report, error });
      } else this.#decide({ type: 'task.complete', ...attempt, report, result: { summary: 'done' } });
    }
  }

  #attempt(agent: string) {
    const task = this.#state.tasks.get(this.#state.agents.get(`${ORG}/${agent}`)?.task ?? '');
    if (task === undefined) return undefined;
    return { org: ORG, agent, connection: `c-${agent}`, task: task.id, generation: task.generation };
  }

  #decide<C extends Command>(command: C): Decided<Replies[C['type']]> {
    const decided = decide(this.#state, command, this.#now, this.#inputs);
    if (decided instanceof Refusal) throw new Error(`${command.type}: ${decided.code} ${decided.message}`);
    return decided;
  }
}

/** 25 sets, each with some of the skills, and none with the last one, which some tasks want. */
function skillsOf(i: number): string[] {
  const kind = i % 25;
  return [`kind-${kind}`, ...SKILLS.slice(0, 1 + (kind % 5)), 'runner:claude'].sort();
}
