// The job machine under a disk that is real, a process that dies between any two actions, an agent that asks, and a hub and a link that
// misbehave.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ATTEMPT, CHECKED, EXIT, offered, RUN, WORKSPACE } from './fixture.js';
import {
  type Action,
  begin,
  type FailingPhase,
  holdingOf,
  type Job,
  type JobEvent,
  type JobState,
  step,
} from './job.js';

type HubState = 'assigned' | 'working' | 'blocked' | 'completed' | 'failed' | 'stopping' | 'stopped';

const FINAL: readonly HubState[] = ['completed', 'failed', 'stopped'];

const SESSION = {
  session: { runner: 'claude', id: 's' },
  counters: { inputTokens: 0, outputTokens: 0, costMicros: 0 },
};

/** A turn's process: it outlives the sidecar, and says again what was not answered. */
interface Process {
  readonly question: string | null;
  hasEnded: boolean;
}

class World {
  disk: string | null = null;
  hub: HubState = 'assigned';
  completions = 0;
  /** What the hub was asked and has answered, and how often the agent was told the answer. */
  readonly heard = new Map<string, number>();
  #open: string | null = null;
  #unconfirmed: string | null = null;
  readonly #processes = new Map<number, Process>();
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

  constructor(readonly questions: number) {}

  /** One thing happens; `pick` chooses among what can. */
  act(kind: string, pick: number, succeeds: boolean): void {
    if (kind === 'act' && this.#queue.length > 0) return this.#carryOut(this.#queue.shift(), succeeds);
    if (kind === 'crash') return this.#restart();
    if (kind === 'cut') return this.#cut();
    if (kind === 'link' && !this.#state.online) return this.#hello();
    if (kind === 'cancel' && ['assigned', 'working', 'blocked'].includes(this.hub)) return this.#cancel();
    if (kind === 'answer' && this.hub === 'blocked') return this.#answer();
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
    this.#pending = this.#pending.filter(({ type }) => !['answered', 'answer', 'assign', 'cancel'].includes(type));
    this.#feed({ type: 'offline' });
  }

  #answer(): void {
    if (this.#open === null) throw new Error('the hub is blocked without a question');
    this.hub = 'working';
    this.#unconfirmed = this.#open;
    this.heard.set(this.#open, 0);
    this.#open = null;
    if (this.#state.online) this.#sendAnswer();
  }

  #sendAnswer(): void {
    if (this.#unconfirmed === null) return;
    const questionId = this.#unconfirmed;
    this.#pending.push({ type: 'answer', attempt: ATTEMPT, questionId, answer: `told ${questionId}.` });
  }

  #hello(): void {
    const holding = holdingOf(this.#state);
    if (holding === undefined) {
      this.#feed({ type: 'online', verdict: null });
      if (this.hub === 'assigned') this.#offer();
      if (this.hub === 'stopping') this.hub = 'stopped';
      // What was accepted is on disk, so a sidecar that holds nothing has had its answer.
      expect(['working', 'blocked']).not.toContain(this.hub);
      return;
    }
    expect(holding).toMatchObject(ATTEMPT);
    if (this.hub === 'completed' || this.hub === 'failed') return this.#feed({ type: 'online', verdict: 'confirmed' });
    if (this.hub === 'stopped') return this.#feed({ type: 'online', verdict: 'drop' });
    this.#feed({ type: 'online', verdict: 'keep' });
    if (this.hub === 'stopping') this.#pending.push({ type: 'cancel', attempt: ATTEMPT });
    if (this.hub === 'working') this.#sendAnswer();
  }

  #offer(): void {
    const chosen = { kind: 'claude', model: null } as const;
    this.#pending.push({ ...(offered() as JobEvent & { type: 'assign' }), chosen });
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
        this.#pending.push({ type: 'progress', attempt, turn: action.job.turn.number, progress: { fraction: 0.5 } });
        return this.#run(action.job, succeeds);
      case 'endTurn':
        return this.#endTurn(action.job.turn.number);
      case 'reply':
        // The first one does not care.
        if (action.outcome.ok && action.call !== 1) this.#endTurn(action.call);
        return;
      case 'check':
        return this.#end(succeeds, { type: 'checked', attempt, checked: CHECKED }, 'checking');
      case 'verify':
        return this.#end(succeeds, { type: 'verified', attempt, runs: [RUN] }, 'verifying');
      case 'push':
        return this.#end(succeeds, { type: 'pushed', attempt }, 'pushing');
      case 'request':
        return this.#end(succeeds, { type: 'requested', attempt, requested: { url: null, notes: [] } }, 'requesting');
      case 'halt':
        this.#pending.push({ type: 'halted', attempt });
        return;
      case 'salvage':
        this.#pending.push({ type: 'salvaged', attempt, salvage: { ref: null, isComplete: true } });
        return;
      case 'withdraw':
        this.#pending.push({ type: 'withdrawn', attempt, withdrawn: { branch: 'b', pullRequest: null } });
        return;
      default:
        return;
    }
  }

  /** Begins the process of the turn, or finds it. */
  #run({ turn }: Job, succeeds: boolean): void {
    let process = this.#processes.get(turn.number);
    if (process === undefined) {
      for (const [id, times] of this.heard) if (turn.prompt.includes(`told ${id}.`)) this.heard.set(id, times + 1);
      const question = turn.number <= this.questions ? `q${turn.number}` : null;
      process = { question, hasEnded: question === null };
      this.#processes.set(turn.number, process);
      if (question === null && !succeeds) return this.#end(false, this.#ran(turn.number), 'running');
    }
    if (process.hasEnded) this.#pending.push(this.#ran(turn.number));
    else this.#ask(turn.number, process);
  }

  /** The call is known by its turn. */
  #ask(turn: number, { question }: Process): void {
    if (question === null) return;
    this.#pending.push({ type: 'asked', attempt: ATTEMPT, call: turn, question: { questionId: question, question } });
  }

  #endTurn(turn: number): void {
    const process = this.#processes.get(turn);
    if (process === undefined || process.hasEnded) return;
    process.hasEnded = true;
    this.#pending.push(this.#ran(turn));
  }

  #ran(turn: number): JobEvent {
    return { type: 'ran', attempt: ATTEMPT, turn, exit: { ...EXIT, session: SESSION } };
  }

  #end(succeeds: boolean, event: JobEvent, phase: FailingPhase): void {
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
      case 'task.answered':
        expect(this.disk).toContain(`"answer":"told ${frame.questionId}."`);
        if (this.#unconfirmed === frame.questionId) this.#unconfirmed = null;
        return;
      case 'task.progress':
      case 'task.block':
      case 'task.complete':
      case 'task.fail':
        return answer(this.#report(frame.seq, frame, 'questionId' in frame ? frame.questionId : null));
      default:
        return;
    }
  }

  #report(seq: number, frame: { readonly type: string }, questionId: string | null): string | null {
    const body = JSON.stringify(frame);
    expect(JSON.parse(this.disk ?? '{}').outbox.reports).toContainEqual(expect.objectContaining({ seq }));
    const before = this.#taken.get(seq);
    if (before !== undefined) {
      expect(body, 'a report keeps its body').toBe(before);
      return null;
    }
    expect(Math.max(0, ...this.#taken.keys()), 'numbers grow').toBeLessThan(seq);
    if (this.hub === 'blocked' && frame.type === 'task.fail') this.hub = 'working';
    if (this.hub !== 'working') return 'task.already_final';
    this.#taken.set(seq, body);
    if (questionId !== null) {
      expect(this.heard.has(questionId), 'nothing is asked twice').toBe(false);
      this.hub = 'blocked';
      this.#open = questionId;
    }
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
    'answer',
    'answer',
  ),
  pick: fc.nat(5),
  succeeds: fc.boolean(),
});

it('whatever dies or is lost, the attempt ends, once, every answer is heard once, and nothing is said that is not on disk', () => {
  fc.assert(
    fc.property(
      fc.array(moves, { maxLength: 160, size: 'max' }),
      fc.boolean(),
      fc.nat(2),
      (story, isPatient, questions) => {
        const world = new World(questions);
        for (const { kind, pick, succeeds } of story) {
          if (kind === 'cancel' && isPatient) continue;
          world.act(kind, pick, succeeds);
        }
        for (let left = 800; !world.isOver && left > 0; left -= 1) {
          world.act(world.isQuiet && world.hub !== 'blocked' ? 'cut' : 'act', 0, true);
          world.act('link', 0, true);
          world.act('answer', 0, true);
          world.act('event', 0, true);
        }
        expect(world.isOver).toBe(true);
        expect(world.completions).toBeLessThanOrEqual(1);
        for (const times of world.heard.values()) expect(times).toBeLessThanOrEqual(1);
        if (world.completions === 1) expect([...world.heard.values()]).toEqual(Array(questions).fill(1));
      },
    ),
    { numRuns: 2_000 },
  );
});
