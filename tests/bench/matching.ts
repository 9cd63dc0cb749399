// What one match costs with 1,000, 10,000 and 100,000 queued tasks: an agent completes its task and is given the next, decided by the
// hub's own core on a state of that size.

import type { Command, CommandOf } from '@agentcom/hub/core/commands';
import { decide } from '@agentcom/hub/core/decide';
import type { Inputs } from '@agentcom/hub/core/decision';
import { Refusal } from '@agentcom/hub/core/refusal';
import { emptyState, type State } from '@agentcom/hub/core/state';
import { uuidv7 } from 'uuidv7';
import { percentile, rounded } from './figures.js';
import type { Part } from './part.js';

const SIZES = [1_000, 10_000, 100_000] as const;
const ORG = 'default';
const AGENT = 'worker';
const MATCHES = 1_000;
const WARM_UP_ROUNDS = 3;
/** Whatever else the machine does only adds time, so the quicker rounds tell what the work itself costs. */
const QUIET = 0.25;
const GOAL_RATIO = 1.3;
/** Kinds of work, so that the index has several sets of needs to look through. */
const NEEDS: readonly (readonly string[])[] = [
  [],
  ['git'],
  ['git', 'node'],
  ['node'],
  ['gpu'],
  ['git', 'os:linux'],
  ['go'],
  ['rust'],
];
const CAPABILITIES = ['git', 'go', 'node', 'os:linux', 'rust'];
const LANES = ['urgent', 'high', 'normal', 'low'] as const;

export const matching: Part = {
  name: 'matching',
  about: 'cost of matching at 1,000, 10,000 and 100,000 queued tasks',
  async run({ quick, say }) {
    const rounds = quick ? 5 : 60;
    const benches = SIZES.map((size) => new Bench(size));
    const times = SIZES.map((): number[] => []);
    for (let i = 0; i < WARM_UP_ROUNDS; i++) for (const bench of benches) bench.round();
    for (let round = 1; round <= rounds; round++) {
      for (const [i, bench] of benches.entries()) times[i]?.push(bench.round());
      if (round % 20 === 0) say(`round ${round} of ${rounds}`);
    }
    const [us1000 = Number.NaN, us10000 = Number.NaN, us100000 = Number.NaN] = times.map((all) =>
      rounded(percentile(all, QUIET), 2),
    );
    const ratio = rounded(us100000 / us1000, 2);
    return {
      rows: [
        { what: 'complete and match, 1,000 queued', value: `${us1000} µs` },
        { what: 'complete and match, 10,000 queued', value: `${us10000} µs` },
        { what: 'complete and match, 100,000 queued', value: `${us100000} µs` },
        { what: 'ratio 100,000 to 1,000', value: `${ratio} ×`, goal: `≤ ${GOAL_RATIO} ×`, met: ratio <= GOAL_RATIO },
      ],
      json: { matching: { us1000, us10000, us100000, ratio } },
    };
  },
};

class Bench {
  readonly #state: State = emptyState();
  readonly #inputs: Inputs = { newId: uuidv7, random: () => 0.5 };
  #now = 1_700_000_000_000;

  constructor(size: number) {
    this.#decide({ type: 'leader.elect', hub: 'bench', epoch: 1, url: 'http://bench', version: '0' });
    this.#decide({ type: 'org.ensure', org: ORG });
    const tokenHash = 'token';
    const common = { capabilities: [], host: 'bench', os: 'linux' };
    this.#decide({
      type: 'enrolment.create',
      org: ORG,
      by: 'bench',
      hash: tokenHash,
      uses: 1,
      ttlMs: 1e6,
      capabilities: [],
    });
    this.#decide({ type: 'enrol', tokenHash, keyHash: 'key', name: AGENT, ...common });
    for (let i = 0; i <= size; i++) {
      const needs = NEEDS[i % NEEDS.length] as readonly string[];
      const lane = LANES[(i >> 3) % LANES.length] as (typeof LANES)[number];
      this.#submit({ title: `task ${i}`, prompt: 'work', lane, needs });
    }
    const hello = { ...common, capabilities: CAPABILITIES, connection: 'c', instance: 'i', version: '0' };
    this.#decide({ type: 'agent.hello', org: ORG, agent: AGENT, ...hello });
  }

  /** Microseconds for one complete with the match that follows it; the queue is as long afterwards as before. */
  round(): number {
    let spentMs = 0;
    for (let i = 0; i < MATCHES; i++) {
      this.#now++;
      const task = this.#state.tasks.get(this.#state.agents.get(`${ORG}/${AGENT}`)?.task ?? '');
      if (task === undefined) throw new Error('the agent has no task');
      const attempt = { org: ORG, agent: AGENT, connection: 'c', task: task.id, generation: task.generation };
      this.#decide({ type: 'task.accept', ...attempt });
      const report = { seq: 1, digest: 'digest' };
      const complete: Command = { type: 'task.complete', ...attempt, report, result: { summary: 'done' } };
      const began = performance.now();
      const decided = decide(this.#state, complete, this.#now, this.#inputs);
      spentMs += performance.now() - began;
      if (decided instanceof Refusal || !decided.changes.some(({ event }) => event.type === 'task.assigned')) {
        throw new Error('the agent was not given the next task');
      }
      this.#submit(task.spec);
    }
    return (spentMs * 1000) / MATCHES;
  }

  #submit(spec: CommandOf<'task.submit'>['spec']): void {
    this.#decide({ type: 'task.submit', org: ORG, by: 'bench', spec });
  }

  #decide(command: Command): void {
    const decided = decide(this.#state, command, this.#now, this.#inputs);
    if (decided instanceof Refusal) throw new Error(`${command.type}: ${decided.code} ${decided.message}`);
  }
}
