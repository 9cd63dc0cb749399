// A coordinator on a stage, for its tests.

import type { Command } from '../core/commands.js';
import type { Event } from '../core/events.js';
import { ORG, submission } from '../core/fixture.js';
import { Refusal } from '../core/refusal.js';
import { emptyState, type State } from '../core/state.js';
import { Coordinator } from './coordinator.js';
import type { Batch, CoordinatorOutput, JournalHead, LeadershipPhase, Recovered } from './ports.js';

const EMPTY: JournalHead = { journal: 'j', seq: 0, hash: '' };
export const headAt = (seq: number): JournalHead => ({ journal: 'j', seq, hash: `hash-${seq}` });
export const START = 1_700_000_000_000;

export const HUB_B = { hub: 'hub-b', epoch: 1, url: 'http://b', version: '1' };

/** A coordinator whose surroundings do nothing but remember. */
export class Stage {
  readonly appends: { readonly batch: Batch; readonly after: JournalHead }[] = [];
  readonly recoveries: (JournalHead | null)[] = [];
  readonly follows: JournalHead[] = [];
  readonly phases: LeadershipPhase[] = [];
  /** Answers and frames, in the order in which they went out. */
  readonly out: string[] = [];
  readonly committed: Event[] = [];
  readonly defects: unknown[] = [];
  readonly #names: string[] = [];
  readonly coordinator: Coordinator;
  now = START;
  #ids = 0;
  #failsIds = false;

  constructor(options: { readonly exclusive?: boolean; readonly hub?: string } = {}) {
    this.coordinator = new Coordinator({
      hub: options.hub ?? 'hub-a',
      self: () => ({ url: 'http://a', version: '1' }),
      exclusive: options.exclusive ?? true,
      facts: { version: '1.0.0', heartbeatSeconds: 15 },
      inputs: { newId: () => this.#newId(), random: () => 0.5 },
      outputs: {
        append: (batch, after) => this.appends.push({ batch, after }),
        recover: (atLeast) => this.recoveries.push(atLeast),
        follow: (after) => this.follows.push(after),
        gathered: () => this.coordinator.flush(this.now),
        committed: (changes) => this.committed.push(...changes.map(({ event }) => event)),
        reset: () => undefined,
        deliver: (outputs) => this.#deliver(outputs),
        defect: (error) => this.defects.push(error),
        phase: (phase) => this.phases.push(phase),
      },
    });
    this.coordinator.start();
  }

  recovered(found: Partial<Recovered> = {}): void {
    this.coordinator.recovered(
      { state: emptyState(), head: EMPTY, epoch: 0, lastHub: null, readFrom: 0, batchIds: new Set(), ...found },
      this.now,
    );
  }

  get inFlight(): { readonly batch: Batch; readonly after: JournalHead } {
    const last = this.appends.at(-1);
    if (last === undefined) throw new Error('nothing was appended');
    return last;
  }

  get types(): string[] {
    return this.inFlight.batch.events.map((event) => (JSON.parse(event) as Event).type);
  }

  ack(): void {
    this.coordinator.appended({ kind: 'acked', head: headAt(this.inFlight.after.seq + 1) }, this.now);
  }

  overtaken(): void {
    this.coordinator.appended({ kind: 'overtaken' }, this.now);
  }

  unknown(): void {
    this.coordinator.appended({ kind: 'unknown', reason: 'no answer' }, this.now);
  }

  pass(ms: number): void {
    this.now += ms;
    this.coordinator.tick(this.now);
  }

  /** Asks for something; its answer appears in `out` as `name: ok` or `name: code`. */
  ask(name: string, command: Command, source = 'http'): void {
    this.coordinator.submit({ connection: source, command, call: this.#call(name) }, this.now);
  }

  submit(name: string, source = 'http', spec: Parameters<typeof submission>[0] = {}): void {
    this.ask(name, submission({ title: name, ...spec }, { key: name, digest: name }), source);
  }

  cancel(name: string, task: string): void {
    this.ask(name, { type: 'task.cancel', org: ORG, task, by: 'operator', reason: 'enough' });
  }

  read(name: string): void {
    this.coordinator.read((state: State) => `${state.tasks.size} tasks`, this.#call(name), this.now);
  }

  leave(): void {
    this.coordinator.leave(this.#call('left'), this.now);
  }

  /** From now on no id can be had, until one was asked for. */
  failIds(): void {
    this.#failsIds = true;
  }

  #newId(): string {
    if (!this.#failsIds) return `id-${++this.#ids}`;
    this.#failsIds = false;
    throw new Error('no id');
  }

  #call(name: string): number {
    return this.#names.push(name) - 1;
  }

  #deliver(outputs: readonly CoordinatorOutput[]): void {
    for (const output of outputs) {
      if (output.kind !== 'reply') this.out.push(output.kind === 'frame' ? `frame ${output.frame.type}` : 'close');
      else this.#said(this.#names[output.call] ?? '', output.outcome);
    }
  }

  #said(name: string, outcome: unknown): void {
    if (name === 'left') {
      this.out.push('left');
      this.coordinator.stop();
    } else if (name !== '') {
      const value = typeof outcome === 'object' && outcome !== null && 'value' in outcome ? outcome.value : 'ok';
      this.out.push(`${name}: ${outcome instanceof Refusal ? outcome.code : value}`);
    }
  }
}

/** Leading, with nothing under way. */
export function leading(options: { readonly exclusive?: boolean } = {}): Stage {
  const stage = new Stage(options);
  stage.recovered();
  stage.ack();
  return stage;
}
