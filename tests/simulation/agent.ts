// An agent's process for one turn: what it will say and come to is decided when it begins, and happens whether its sidecar lives or not.

import type { Question } from '@agentcom/schemas';
import type { Exit, Failure } from '@agentcom/sidecar/core/attempt';
import { BLANK_EXIT } from '@agentcom/sidecar/core/blank';
import { budgetLeft } from '@agentcom/sidecar/core/budget';
import type { Job } from '@agentcom/sidecar/core/job';
import { keyOf } from './facts.js';
import type { Random } from './random.js';
import type { World } from './world.js';

/** Something that it says to its sidecar, again until it is answered. */
export interface Saying<T> {
  readonly at: number;
  readonly what: T;
  isAnswered: boolean;
}

export interface AgentTurn {
  readonly key: string;
  readonly number: number;
  /** Moves when it has asked: then it ends soon, or waits to be ended. */
  endsAt: number;
  exit: Exit | Failure;
  readonly question: Saying<Question> | null;
  /** It does not end its turn when it has asked. */
  readonly isStubborn: boolean;
  readonly submission: Saying<{ readonly summary: string }> | null;
  isOver: boolean;
}

const UNIX_MS = 1_700_000_000_000;

export function beginTurn({ random, schedule }: World, job: Job): AgentTurn {
  const { task, generation, turn } = job;
  const key = keyOf({ task: task.id, generation });
  const { now } = schedule;
  const length = random.between(200, random.chance(0.05) ? 90_000 : 15_000);
  const base = { key, number: turn.number, isStubborn: random.chance(0.2), isOver: false };
  if (turn.resume !== null && random.chance(0.1)) {
    const unknown = { ...BLANK_EXIT, code: 1, seconds: 1, final: { ok: false, text: 'there is no such session' } };
    return { ...base, endsAt: now + 200, exit: unknown, question: null, submission: null };
  }
  const asks = random.chance(0.2) ? now + random.between(100, 4_000) : Number.POSITIVE_INFINITY;
  const submits = random.chance(0.2) ? now + random.between(100, 4_000) : Number.POSITIVE_INFINITY;
  const question = { questionId: `q-${generation}-${turn.number}-${task.id}`, question: 'which way?' };
  const isApproval = random.chance(0.3);
  const exit = outcome(random, job, now);
  const endsAt = now + length;
  if (asks < endsAt && isApproval) {
    const wants = { ...ended(random, job), code: null, signal: 'SIGTERM', cut: 'asked' as const, question };
    return { ...base, endsAt: asks, exit: wants, question: null, submission: null };
  }
  return {
    ...base,
    endsAt,
    exit,
    question: asks < endsAt ? { at: asks, what: question, isAnswered: false } : null,
    submission:
      submits < Math.min(asks, endsAt)
        ? { at: submits, what: { summary: `done in turn ${turn.number} of ${key}` }, isAnswered: false }
        : null,
  };
}

/** It was told that its question is kept. */
export function hasAsked({ random, schedule }: World, job: Job, turn: AgentTurn): void {
  turn.exit = ended(random, job);
  turn.endsAt = turn.isStubborn ? Number.POSITIVE_INFINITY : schedule.now + random.between(0, 3_000);
}

/** It is asked to end. */
export function endTurn({ random, schedule }: World, job: Job, turn: AgentTurn): void {
  if (turn.isOver || turn.endsAt <= schedule.now) return;
  turn.exit = { ...ended(random, job), code: null, signal: 'SIGTERM', cut: 'asked' };
  turn.endsAt = schedule.now + random.between(1, 2_000);
}

function outcome(random: Random, job: Job, now: number): Exit | Failure {
  const done = ended(random, job);
  if (done.cut !== null || random.chance(0.75)) return done;
  const killed = { ...done, code: null, signal: 'SIGTERM' };
  switch (random.between(0, 6)) {
    case 0:
      return { ...killed, cut: 'limit', resetsAt: new Date(UNIX_MS + now + random.between(1, 30_000)).toISOString() };
    case 1:
      return { ...killed, cut: 'limit' };
    case 2:
      return { ...killed, cut: random.pick(['inactive', 'timeout']) };
    case 3:
      return { ...killed, cut: 'lingering', final: { ok: true, text: 'done' } };
    case 4:
      return { ...done, final: { ok: false, text: 'I could not' } };
    case 5:
      return { ...done, code: 1 };
    default:
      return {
        class: random.pick(['transient', 'permanent', 'verification'] as const),
        code: 'runner.failed',
        message: 'the runner failed',
      };
  }
}

/** A turn that ends well, or where its budget does. */
function ended(random: Random, { budget, task, usage, turn, generation }: Job): Exit {
  const left = budgetLeft({ budget, task, usage }).tokens ?? Number.POSITIVE_INFINITY;
  const wanted = random.between(1, 100);
  const counters = { inputTokens: 0, outputTokens: 0, costMicros: 0 };
  const session = turn.resume ?? { session: { runner: 'claude', id: `s-${generation}-${turn.number}` }, counters };
  const done = {
    ...BLANK_EXIT,
    code: 0,
    tail: 'done',
    seconds: 1,
    usage: { inputTokens: Math.min(wanted, left) },
    session: random.chance(0.8) ? session : null,
  };
  return wanted < left ? done : { ...done, code: null, signal: 'SIGTERM', cut: 'budget' };
}
