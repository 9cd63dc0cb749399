// A hub's state under test: commands are decided at a time the test sets, and everything that happened is kept for a replay.

import { branchForms, type Config, salvageRefOf, type Unfit } from '@agentcom/schemas';
import { type Agent, type AgentBounds, agentKey } from './agent/agent.js';
import { apply } from './apply.js';
import type { Command, CommandOf, Replies } from './commands.js';
import { type Decided, decide } from './decide.js';
import type { Inputs } from './decision.js';
import type { Event } from './events.js';
import type { Output } from './outputs.js';
import { Refusal } from './refusal.js';
import { dumpState, type SnapshotRecord, StateLoader } from './snapshot.js';
import { emptyState, type State } from './state.js';
import { archiveMark } from './task/archive.js';
import type { Task } from './task/task.js';

export const ORG = 'default';
export const REPO = { url: 'https://git.example.com/roof.git' };
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** A decision, with its events and what it says in short. */
type Told<R> = Decided<R> & { readonly events: readonly Event[]; readonly frames: readonly string[] };

function frameText(output: Output): string {
  if (output.kind === 'close') return `close ${output.connection} ${output.closing.code}`;
  const { frame } = output;
  const task = 'task' in frame ? frame.task : undefined;
  const id = typeof task === 'object' ? task.id : task;
  const generation = 'generation' in frame ? frame.generation : undefined;
  return [frame.type, id, generation].filter((part) => part !== undefined).join(' ');
}

export class Bench {
  state = emptyState();
  readonly log: { readonly event: Event; readonly at: number }[] = [];
  now = 1_700_000_000_000;
  /** What the next decisions draw, in [0, 1). */
  chance = 0.5;
  #ids = 0;
  #connections = 0;
  /** Above what scripts of their own use. */
  #seqs = 100;

  /** Values of the config, with no regard to their bounds. */
  constructor(tasks: Partial<Config['tasks']> = {}, retention: Partial<Config['retention']> = {}) {
    if (Object.keys(tasks).length === 0 && Object.keys(retention).length === 0) return;
    const event = { type: 'config.changed' as const, version: 1, overrides: { tasks, retention }, by: 'bench' };
    apply(this.state, event, this.now);
    this.log.push({ event, at: this.now });
  }

  decide<C extends Command>(command: C): Told<Replies[C['type']]> | Refusal {
    const inputs: Inputs = {
      newId: () => `id-${String(++this.#ids).padStart(4, '0')}`,
      random: () => this.chance,
    };
    const outcome = decide(this.state, command, this.now, inputs);
    if (outcome instanceof Refusal) return outcome;
    for (const { event } of outcome.changes) this.log.push({ event, at: this.state.now });
    return { ...outcome, events: outcome.changes.map(({ event }) => event), frames: outcome.outputs.map(frameText) };
  }

  /** Decides something that must not be refused. */
  take<C extends Command>(command: C): Told<Replies[C['type']]> {
    const outcome = this.decide(command);
    if (outcome instanceof Refusal) throw new Error(`${command.type} was refused: ${outcome.code}: ${outcome.message}`);
    return outcome;
  }

  /** The code of a refusal. */
  refusal(command: Command): string | undefined {
    const outcome = this.decide(command);
    return outcome instanceof Refusal ? outcome.code : undefined;
  }

  /** Goes on from a snapshot. */
  restart(): void {
    this.state = fromSnapshot(this.state);
  }

  /** Lets time pass, without anything happening. */
  wait(ms: number): void {
    this.now += ms;
  }

  /** Lets time pass and fires what fell due. */
  pass(ms: number): readonly Event[] {
    this.now += ms;
    return this.tick();
  }

  tick(): readonly Event[] {
    const events: Event[] = [];
    for (let more = true; more; ) {
      const decided = this.take({ type: 'tick' });
      events.push(...decided.events);
      more = decided.reply.more;
    }
    return events;
  }

  enrol(
    name: string,
    capabilities: readonly string[] = [],
    { org = ORG, ...bounds }: AgentBounds & { readonly org?: string } = {},
  ): void {
    const hash = `token of ${org}/${name}`;
    const once = { org, by: 'owner', hash, uses: 1, ttlMs: HOUR, capabilities: [] };
    this.take({ type: 'enrolment.create', ...once, ...bounds });
    this.take({
      type: 'enrol',
      tokenHash: hash,
      keyHash: `key of ${org}/${name}`,
      name,
      capabilities,
      host: 'host',
      os: 'linux',
    });
  }

  hello(
    name: string,
    holding?: { task: string; generation: number },
    from: Partial<CommandOf<'agent.hello'>> = {},
  ): Told<Replies['agent.hello']> {
    return this.take(this.helloOf(name, { ...(holding !== undefined && { holding }), ...from }));
  }

  helloOf(name: string, more: Partial<CommandOf<'agent.hello'>> = {}): CommandOf<'agent.hello'> {
    return {
      type: 'agent.hello',
      org: ORG,
      agent: name,
      connection: `connection-${++this.#connections}`,
      instance: 'instance',
      capabilities: this.agent(name).capabilities,
      version: '1',
      host: 'host',
      os: 'linux',
      ...more,
    };
  }

  /** Enrolled and linked. */
  join(name: string, capabilities: readonly string[] = [], bounds: AgentBounds = {}): void {
    this.enrol(name, capabilities, bounds);
    this.hello(name);
  }

  gone(name: string): void {
    const { connection } = this.agent(name);
    this.take({ type: 'agent.gone', org: ORG, agent: name, connection: connection ?? '' });
  }

  submit(spec: Partial<CommandOf<'task.submit'>['spec']> = {}): string {
    return this.take(submission(spec)).reply.task;
  }

  task(id: string): Task {
    const task = this.state.tasks.get(id);
    if (task === undefined) throw new Error(`task ${id} not found`);
    return task;
  }

  agent(name: string): Agent {
    const agent = this.state.agents.get(agentKey(ORG, name));
    if (agent === undefined) throw new Error(`agent ${name} not found`);
    return agent;
  }

  /** What the holder of a task, or somebody else, says of its newest or another generation. */
  by(
    id: string,
    agent?: string,
    generation?: number,
  ): { org: string; agent: string; connection: string; task: string; generation: number } {
    const task = this.task(id);
    const name = agent ?? task.agent ?? '';
    return { ...this.from(name), task: id, generation: generation ?? task.generation };
  }

  /** What the first attempt at a task in REPO, by agent `a`, may leave. */
  left(task: string): ReturnType<typeof workOf> {
    return workOf({ agent: 'a', task, generation: 1 });
  }

  /** An agent on its live connection. */
  from(agent: string): { org: string; agent: string; connection: string } {
    return { org: ORG, agent, connection: this.state.agents.get(agentKey(ORG, agent))?.connection ?? '' };
  }

  accept(id: string): void {
    this.take({ type: 'task.accept', ...this.by(id) });
  }

  /** A report mark that was never used. */
  mark(): { seq: number; digest: string } {
    const seq = ++this.#seqs;
    return { seq, digest: `digest-${seq}` };
  }

  /** As they are; an id that is not there has a mark of nothing. */
  archive(...ids: readonly string[]) {
    return this.take({ type: 'tasks.archive', tasks: ids.map((id) => ({ id, mark: markOf(this.state, id) })) });
  }

  complete(id: string): void {
    this.take({ type: 'task.complete', ...this.by(id), report: this.mark(), result: { summary: 'done' } });
  }

  fail(
    id: string,
    failure: 'transient' | 'permanent' | 'budget' | 'rate_limited' | 'machine' = 'transient',
    resetsAt?: number,
    code = `it.${failure}`,
  ): void {
    this.take({
      type: 'task.fail',
      ...this.by(id),
      report: this.mark(),
      error: { class: failure, code, message: 'it failed' },
      ...(resetsAt !== undefined && { resetsAt }),
    });
  }

  /** What a heartbeat says of its machine. */
  fitness(name: string, unfit?: Unfit): void {
    const connection = this.agent(name).connection ?? '';
    this.take({ type: 'agent.fitness', org: ORG, agent: name, connection, ...(unfit !== undefined && { unfit }) });
  }

  block(id: string, questionId = 'q1'): void {
    this.take({
      type: 'task.block',
      ...this.by(id),
      report: this.mark(),
      question: { questionId, question: 'which?' },
    });
  }

  operator(id: string): { org: string; task: string; by: string } {
    return { org: ORG, task: id, by: 'operator' };
  }

  dump(): string[] {
    return dumpOf(this.state);
  }

  /** The state that the events behind number `from` lead to, by way of the journal's text. */
  replay(state = emptyState(), from = 0): State {
    for (const { event, at } of this.log.slice(from)) apply(state, JSON.parse(JSON.stringify(event)) as Event, at);
    return state;
  }
}

export function submission(
  spec: Partial<CommandOf<'task.submit'>['spec']> = {},
  idempotency?: { key: string; digest: string },
): CommandOf<'task.submit'> {
  return {
    type: 'task.submit',
    org: ORG,
    by: 'submitter',
    spec: { title: 'a task', prompt: 'do it', lane: 'normal', needs: [], ...spec },
    ...(idempotency !== undefined && { idempotency }),
  };
}

/** What an attempt at a task in REPO may leave. */
export function workOf(attempt: { readonly agent: string; readonly task: string; readonly generation: number }) {
  return {
    salvageRef: salvageRefOf(attempt),
    branch: branchForms(attempt)[0] ?? '',
    pullRequest: 'https://git.example.com/roof/pull/1',
  };
}

export function dumpOf(state: State): string[] {
  return Array.from(dumpState(state), (record) => JSON.stringify(record));
}

/** The state as it comes out of its own snapshot, and of records that this one would not make. */
export function fromSnapshot(state: State, more: readonly SnapshotRecord[] = []): State {
  const loader = new StateLoader();
  for (const record of more) loader.add(record);
  for (const line of dumpOf(state)) loader.add(JSON.parse(line) as SnapshotRecord);
  return loader.finish();
}

export function markOf(state: State, id: string): string {
  const task = state.tasks.get(id);
  return task === undefined ? '' : archiveMark(task);
}
