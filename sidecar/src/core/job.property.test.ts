// The job machine under a disk that is real, a process that dies between any two actions, and a hub and a link that misbehave.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ATTEMPT, assignment, COMMIT, EXIT, WORKSPACE } from './fixture.js';
import { type Action, begin, holdingOf, type Job, type JobEvent, type JobState, step } from './job.js';

type HubState = 'assigned' | 'working' | 'completed' | 'failed' | 'stopping' | 'stopped';

const FINAL: readonly HubState[] = ['completed', 'failed', 'stopped'];

class World {
  disk: string | null = null;
  hub: HubState = 'assigned';
  completions = 0;
  readonly #taken = new Map<number, string>();
  #state: JobState = begin(null).state;
  #queue: Action[] = [];
  /** What is under way in this life of the process, and what is on the wire. */
  #pending: JobEvent[] = [];

  get isQuiet(): boolean {
    return this.#queue.length === 0 && this.#pending.length === 0;
  }

  get isOver(): boolean {
    return this.isQuiet && this.#state.job === null && this.disk === null && FINAL.includes(this.hub);
  }

  /** One thing happens; `pick` chooses among what can. */
  act(kind: string, pick: number, succeeds: boolean): void {
    if (kind === 'act' && this.#queue.length > 0) return this.#carryOut(this.#queue.shift(), succeeds);
    if (kind === 'crash') return this.#restart();
    if (kind === 'cut') return this.#cut();
    if (kind === 'link' && !this.#state.online) return this.#hello();
    if (kind === 'cancel' && (this.hub === 'assigned' || this.hub === 'working')) return this.#cancel();
    const [event] = this.#pending.splice(pick % Math.max(1, this.#pending.length), 1);
    if (event !== undefined) this.#feed(event);
  }

  #feed(event: JobEvent): void {
    const next = step(this.#state, event, 0);
    this.#state = next.state;
    this.#queue.push(...next.actions);
  }

  #restart(): void {
    const found: Job | null = this.disk === null ? null : JSON.parse(this.disk);
    const { state, actions } = begin(found);
    this.#state = state;
    this.#queue = [...actions];
    this.#pending = [];
  }

  #cut(): void {
    this.#pending = this.#pending.filter(({ type }) => !['answered', 'assign', 'cancel'].includes(type));
    this.#feed({ type: 'offline' });
  }

  #hello(): void {
    const holding = holdingOf(this.#state);
    if (holding === undefined) {
      this.#feed({ type: 'online', verdict: null });
      if (this.hub === 'assigned') this.#offer();
      if (this.hub === 'stopping') this.hub = 'stopped';
      // What was accepted is on disk, so a sidecar that holds nothing has had its answer.
      expect(this.hub).not.toBe('working');
      return;
    }
    expect(holding).toMatchObject(ATTEMPT);
    if (this.hub === 'completed' || this.hub === 'failed') return this.#feed({ type: 'online', verdict: 'confirmed' });
    if (this.hub === 'stopped') return this.#feed({ type: 'online', verdict: 'drop' });
    this.#feed({ type: 'online', verdict: 'keep' });
    if (this.hub === 'stopping') this.#pending.push({ type: 'cancel', attempt: ATTEMPT });
  }

  #offer(): void {
    this.#pending.push({ type: 'assign', assignment: assignment(), unfit: null });
  }

  #cancel(): void {
    this.hub = 'stopping';
    if (this.#state.online) this.#pending.push({ type: 'cancel', attempt: ATTEMPT });
  }

  #carryOut(action: Action | undefined, succeeds: boolean): void {
    const attempt = ATTEMPT;
    switch (action?.do) {
      case 'persist':
        this.disk = JSON.stringify(action.job);
        return;
      case 'forget':
        expect(['completed', 'failed', 'stopped', 'stopping']).toContain(this.hub);
        this.disk = null;
        return;
      case 'send':
        return this.#receive(action, succeeds);
      case 'wait':
        this.#pending.push({ type: 'waited', attempt, for: action.for });
        return;
      case 'prepare':
        return this.#end(succeeds, { type: 'prepared', attempt, workspace: WORKSPACE }, 'preparing');
      case 'run':
        expect(this.disk).toContain('"phase":"running"');
        this.#pending.push({ type: 'progress', attempt, fraction: 0.5 });
        return this.#end(succeeds, { type: 'ran', attempt, exit: EXIT }, 'running');
      case 'check':
        return this.#end(succeeds, { type: 'checked', attempt, commit: COMMIT }, 'checking');
      case 'push':
        return this.#end(succeeds, { type: 'pushed', attempt }, 'pushing');
      case 'halt':
        this.#pending.push({ type: 'halted', attempt });
        return;
      case 'salvage':
        this.#pending.push({ type: 'salvaged', attempt, salvage: { ref: null, isComplete: true } });
        return;
      default:
        return;
    }
  }

  #end(succeeds: boolean, event: JobEvent, phase: 'preparing' | 'running' | 'checking' | 'pushing'): void {
    const failure = { class: 'transient', code: 'x', message: 'x' } as const;
    this.#pending.push(succeeds ? event : { type: 'failed', attempt: ATTEMPT, phase, failure });
  }

  #receive({ frame, ref }: Extract<Action, { do: 'send' }>, succeeds: boolean): void {
    if (!this.#state.online) return;
    const answer = (code: string | null, retryable = false): void => {
      if (ref === 'note') return;
      const error = code === null ? null : { code, message: code, retryable };
      this.#pending.push({ type: 'answered', attempt: ATTEMPT, ref, error });
    };
    if (!succeeds) return answer('hub.busy', true);
    switch (frame.type) {
      case 'task.accept':
        expect(this.disk).not.toBeNull();
        if (this.hub === 'assigned') this.hub = 'working';
        return answer(this.hub === 'working' ? null : 'task.already_final');
      case 'task.stopped':
        if (ref === 'stopped') expect(this.disk).toContain('"phase":"stopped"');
        if (this.hub === 'stopping') this.hub = 'stopped';
        return answer(null);
      case 'task.progress':
      case 'task.complete':
      case 'task.fail':
        return answer(this.#report(frame.seq, frame));
      default:
        return;
    }
  }

  #report(seq: number, frame: { readonly type: string }): string | null {
    const body = JSON.stringify(frame);
    expect(JSON.parse(this.disk ?? '{}').outbox.reports).toContainEqual(expect.objectContaining({ seq }));
    const before = this.#taken.get(seq);
    if (before !== undefined) {
      expect(body, 'a report keeps its body').toBe(before);
      return null;
    }
    expect(Math.max(0, ...this.#taken.keys()), 'numbers grow').toBeLessThan(seq);
    if (this.hub !== 'working') return 'task.already_final';
    this.#taken.set(seq, body);
    if (frame.type === 'task.complete') {
      this.hub = 'completed';
      this.completions += 1;
    }
    if (frame.type === 'task.fail') this.hub = 'failed';
    return null;
  }
}

const moves = fc.record({
  kind: fc.constantFrom(
    'act',
    'act',
    'act',
    'act',
    'event',
    'event',
    'event',
    'link',
    'link',
    'cut',
    'crash',
    'cancel',
  ),
  pick: fc.nat(5),
  succeeds: fc.boolean(),
});

it('whatever dies or is lost, the attempt ends, once, and nothing is said that is not on disk', () => {
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 120 }), fc.boolean(), (story, isPatient) => {
      const world = new World();
      for (const { kind, pick, succeeds } of story) {
        if (kind === 'cancel' && isPatient) continue;
        world.act(kind, pick, succeeds);
      }
      for (let left = 500; !world.isOver && left > 0; left -= 1) {
        world.act(world.isQuiet ? 'cut' : 'act', 0, true);
        world.act('link', 0, true);
        world.act('event', 0, true);
      }
      expect(world.isOver).toBe(true);
      expect(world.completions).toBeLessThanOrEqual(1);
    }),
    { numRuns: 2_000 },
  );
});
