import { describe, expect, it } from 'vitest';
import { chooseAccount, limitEndOf } from './accounts.js';
import type { Exit, ResumedSession, SpentAccount } from './attempt.js';
import { ATTEMPT, drive, EXIT, jobIn, namesOf, stateWith } from './fixture.js';
import type { Job } from './job-model.js';
import { sessionFor } from './previous-attempt.js';

const ALL = ['work', 'home', 'spare'] as const;
const NOON = Date.parse('2026-11-30T12:00:00.000Z');
const at = (hours: number) => new Date(NOON + hours * 3_600_000).toISOString();

describe('of several accounts', () => {
  it('the first that is not held back is used, then the others in their order', () => {
    expect(chooseAccount(ALL, new Map(), NOON)).toEqual({ names: ALL, othersResetAt: null });
    const held = new Map([['work', NOON + 3_600_000]]);
    expect(chooseAccount(ALL, held, NOON)).toEqual({ names: ['home', 'spare'], othersResetAt: at(1) });
    expect(chooseAccount(ALL, held, NOON + 3_600_000).names).toEqual(ALL);
  });

  it('the one with the session goes first, unless it is held back', () => {
    expect(chooseAccount(ALL, new Map(), NOON, 'home').names).toEqual(['home', 'work', 'spare']);
    expect(chooseAccount(ALL, new Map([['home', NOON + 1]]), NOON, 'home').names).toEqual(['work', 'spare']);
    expect(chooseAccount(ALL, new Map(), NOON, 'gone').names).toEqual(ALL);
  });

  it('the one that is free first is tried when all are held back', () => {
    const held = new Map(ALL.map((name, index) => [name, NOON + (3 - index) * 3_600_000]));
    expect(chooseAccount(ALL, held, NOON)).toEqual({ names: ['spare'], othersResetAt: at(2) });
  });
});

const LIMITED: Exit = { ...EXIT, code: 1, cut: 'limit', resetsAt: at(5), final: { ok: false, text: 'limit' } };
const OUT: Exit = {
  ...EXIT,
  code: 1,
  signedOut: { said: 'log in', remedy: 'run it' },
  final: { ok: false, text: 'no' },
};
const SESSION: ResumedSession = {
  session: { runner: 'claude', id: 's1' },
  counters: { inputTokens: 1, outputTokens: 1, costMicros: 1 },
};

function running(names: readonly [string, ...string[]], more: Partial<Job> = {}, othersResetAt: string | null = null) {
  const runner = { kind: 'claude', model: null, accounts: { names, othersResetAt } } as const;
  return stateWith(jobIn('running', { runner, ...more }));
}

const ran = (exit: Exit, turn = 1) => ({ type: 'ran', attempt: ATTEMPT, turn, exit }) as const;
const after = (state: ReturnType<typeof running>, ...exits: readonly Exit[]) =>
  drive(state, ...exits.map((exit, index) => ran(exit, index + 1)));

describe('a limit that is met', () => {
  it('ends the turn, and the next account goes on in a new session with the work that is there', () => {
    const { state, actions } = after(running(['work', 'home']), { ...LIMITED, session: SESSION });
    expect(state.job).toMatchObject({
      phase: 'running',
      runner: { accounts: { names: ['home'] } },
      spent: [{ name: 'work', why: 'limit', resetsAt: at(5) }],
      turn: { number: 2, resume: null, prompt: expect.stringContaining('continue from there') },
      notes: ['the account work has met its usage limit; going on with home'],
      failure: null,
    });
    expect(namesOf(actions)).toEqual(['persist', 'run', 'send task.progress']);
  });

  it('by the last account fails the attempt, until the first of them can be used again', () => {
    const { state } = after(running(['work', 'home']), LIMITED, { ...LIMITED, resetsAt: at(2) });
    expect(state.job).toMatchObject({ phase: 'salvaging', failure: { class: 'rate_limited', code: 'runner.limited' } });
    expect(state.job && limitEndOf(state.job)).toBe(at(2));
  });

  it('counts with those of accounts that were not even tried', () => {
    const { state } = after(running(['home'], {}, at(1)), LIMITED);
    expect(state.job && limitEndOf(state.job)).toBe(at(1));
    const unknown: SpentAccount = { name: 'home', why: 'limit', resetsAt: null };
    expect(
      limitEndOf(jobIn('salvaging', { runner: running(['home'], {}, at(1)).job?.runner, spent: [unknown] } as never)),
    ).toBeNull();
  });

  it('by the only account of a runner is what its tool says', () => {
    const { state } = drive(stateWith(jobIn('running')), ran(LIMITED));
    expect(state.job).toMatchObject({ phase: 'salvaging', spent: [], failure: { class: 'rate_limited' } });
    expect(state.job && limitEndOf(state.job)).toBe(at(5));
  });
});

describe('an account that is signed out', () => {
  it('gives way to the next', () => {
    const { state } = after(running(['work', 'home']), OUT);
    expect(state.job).toMatchObject({ phase: 'running', spent: [{ name: 'work', why: 'signed out', resetsAt: null }] });
  });

  it('fails the attempt as such only if there is none to wait for', () => {
    const both = after(running(['work', 'home']), OUT, OUT);
    expect(both.state.job?.failure).toMatchObject({ class: 'machine', code: 'runner.not_signed_in' });
    const one = after(running(['work', 'home']), LIMITED, OUT);
    expect(one.state.job?.failure).toMatchObject({ class: 'rate_limited', message: expect.stringContaining('claude') });
    expect(one.state.job && limitEndOf(one.state.job)).toBe(at(5));
  });
});

it('a failure that is not of the account is no reason to try another', () => {
  const { state } = after(running(['work', 'home']), { ...EXIT, code: 1 });
  expect(state.job).toMatchObject({ phase: 'salvaging', spent: [], failure: { code: 'runner.failed' } });
});

it('a session is known by its account, and no other account goes on with it', () => {
  const { state } = after(running(['work', 'home']), { ...EXIT, session: SESSION });
  expect(state.job?.session).toEqual({ ...SESSION, account: 'work' });
  const previous = { session: { ...SESSION, account: 'work' }, salvageRef: null };
  const by = (...names: [string, ...string[]]) =>
    sessionFor({ kind: 'claude', accounts: { names, othersResetAt: null } }, previous);
  expect(by('work', 'home')).toBe(previous.session);
  expect(by('home', 'work')).toBeNull();
  expect(sessionFor({ kind: 'claude' }, previous)).toBeNull();
});
