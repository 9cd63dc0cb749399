import { describe, expect, it } from 'vitest';
import type { Counters } from './attempt.js';
import { beginRun, exitOf, stepRun } from './run.js';
import type { RunEffect, RunEvent, RunHeard, RunPlan, RunState } from './run-model.js';

const PLAN: RunPlan = {
  runner: 'codex',
  model: 'gpt-test',
  resume: null,
  inactivityMs: 1_000,
  timeoutMs: 10_000,
  finalGraceMs: 300,
  budget: {},
  prices: [],
  hasFinalEvent: true,
  signInHint: 'sign in',
};
const PRICE = { model: 'some-*', currency: 'USD', input: 1, cachedInput: 1, output: 1 };
const FINAL: RunHeard = { type: 'final', ok: true, text: 'done' };
const QUESTION: RunHeard = { type: 'question', question: { questionId: 'q', question: 'May I?' } };
const LIMIT: RunHeard = { type: 'limit', resetsAt: '2026-01-31T12:00:00Z' };
const TICK: RunEvent = { type: 'tick' };
const ENDED = { code: 0, signal: null, tail: '', seconds: 5, notes: [] };

const call = (id: string, is: 'begun' | 'ended' = 'begun'): RunHeard => ({ type: 'call', id, is });
const heard = (what: RunHeard): RunEvent => ({ type: 'heard', heard: what });
const counters = (inputTokens: number, more: Partial<Counters> = {}, scope: 'session' | 'turn' = 'turn'): RunHeard => ({
  type: 'counters',
  scope,
  counters: { inputTokens, outputTokens: 0, costMicros: 0, ...more },
});

/** Feeds events, each at its time; returns the state, and every effect with the time of its event. */
function play(events: readonly (readonly [number, RunEvent])[], plan: Partial<RunPlan> = {}) {
  let state: RunState = beginRun(0);
  const effects: [number, RunEffect['do']][] = [];
  for (const [now, event] of events) {
    const step = stepRun({ ...PLAN, ...plan }, state, event, now);
    state = step.state;
    effects.push(...step.effects.map((effect): [number, RunEffect['do']] => [now, effect.do]));
  }
  return { state, effects, exit: exitOf({ ...PLAN, ...plan }, state, ENDED) };
}

describe('a watched turn', () => {
  it('may go on for as long as it does something', () => {
    const { effects } = play([
      [999, TICK],
      [999, { type: 'activity' }],
      [1_998, TICK],
    ]);
    expect(effects).toEqual([]);
  });

  it.each<[string, (readonly [number, RunEvent])[], Partial<RunPlan>, string | null]>([
    ['silence', [[1_000, TICK]], {}, 'inactive'],
    ['its time', [[10_000, TICK]], { inactivityMs: null }, 'timeout'],
    [
      'its time, though it prints',
      [
        [9_999, { type: 'activity' }],
        [10_000, TICK],
      ],
      {},
      'timeout',
    ],
    [
      'staying after its end',
      [
        [100, heard(FINAL)],
        [400, TICK],
      ],
      {},
      'lingering',
    ],
    [
      'staying after a question',
      [
        [100, heard(QUESTION)],
        [400, TICK],
      ],
      {},
      'asked',
    ],
    [
      'staying after a limit',
      [
        [100, heard(LIMIT)],
        [400, TICK],
      ],
      {},
      'limit',
    ],
    [
      'staying after the same limit again and again',
      [
        [100, heard(LIMIT)],
        [350, heard(LIMIT)],
        [400, TICK],
      ],
      {},
      'limit',
    ],
    ['tokens', [[5, heard(counters(60, { outputTokens: 41 }))]], { budget: { tokens: 100 } }, 'budget'],
    [
      'money, at the highest price that is known, when the model has none',
      [[5, heard(counters(60))]],
      { budget: { costMicros: 500 }, prices: [PRICE, { ...PRICE, model: 'other-*', input: 9 }] },
      'budget',
    ],
    [
      'silence when its tool calls have ended',
      [
        [10, heard(call('a'))],
        [20, heard(call('b'))],
        [30, heard(call('a', 'ended'))],
        [5_000, heard(call('b', 'ended'))],
        [5_000, { type: 'activity' }],
        [6_000, TICK],
      ],
      {},
      'inactive',
    ],
    [
      'its time, though a tool call is open',
      [
        [10, heard(call('a'))],
        [10_000, TICK],
      ],
      {},
      'timeout',
    ],
    ['a question asked elsewhere', [[5, { type: 'stop', reason: 'asked' }]], {}, 'asked'],
    ['a stop', [[5, { type: 'stop', reason: null }]], {}, null],
  ])('is ended for %s', (_, events, plan, cut) => {
    const { effects, exit } = play(events, plan);
    expect(effects.filter(([, effect]) => effect === 'end')).toEqual([[events.at(-1)?.[0], 'end']]);
    expect(exit.cut).toBe(cut);
  });

  it.each<[string, (readonly [number, RunEvent])[], Partial<RunPlan>]>([
    ['before it was silent for too long', [[999, TICK]], {}],
    [
      'for silence while a tool call is open',
      [
        [10, heard(call('a'))],
        [9_999, TICK],
      ],
      {},
    ],
    [
      'for silence while one of its tool calls is open',
      [
        [10, heard(call('a'))],
        [20, heard(call('b'))],
        [30, heard(call('a', 'ended'))],
        [9_999, TICK],
      ],
      {},
    ],
    ['for silence, when it may be silent', [[9_999, TICK]], { inactivityMs: null }],
    [
      'at once after its end',
      [
        [100, heard(FINAL)],
        [399, TICK],
      ],
      {},
    ],
    [
      'for silence after its end',
      [
        [900, heard(FINAL)],
        [1_100, TICK],
      ],
      {},
    ],
    ['for all of its budget', [[5, heard(counters(100))]], { budget: { tokens: 100 } }],
  ])('is not ended %s', (_, events, plan) => {
    expect(play(events, plan).effects.filter(([, effect]) => effect === 'end')).toEqual([]);
  });

  it.each([
    ['its end', FINAL],
    ['a failure', { ...FINAL, ok: false }],
    ['a limit', LIMIT],
  ])('goes on when the model answers anew after %s', (_, said) => {
    const { effects, exit } = play([
      [100, heard(said)],
      [350, heard({ type: 'step' })],
      [400, { type: 'activity' }],
      [1_300, TICK],
    ]);
    expect(effects.map(([, effect]) => effect)).not.toContain('end');
    expect(exit).toMatchObject({ cut: null, final: null, resetsAt: null });
  });

  it.each([
    ['a question', [[100, heard(QUESTION)]] as const],
    [
      'its end has begun',
      [
        [100, heard(FINAL)],
        [400, TICK],
      ] as const,
    ],
  ])('is ended though the model answers anew after %s', (_, before) => {
    const { state, exit } = play([...before, [401, heard({ type: 'step' })], [402, TICK]]);
    expect(state.isEnding).toBe(true);
    expect(exit.cut).not.toBeNull();
  });

  it('is ended once, for the first reason', () => {
    const { effects, exit } = play([
      [100, heard(QUESTION)],
      [1_000, TICK],
      [20_000, TICK],
      [20_001, { type: 'stop', reason: null }],
    ]);
    expect(effects).toEqual([[1_000, 'end']]);
    expect(exit.cut).toBe('asked');
  });

  it('that is past its budget counts as that, whatever else it has said', () => {
    const { exit } = play(
      [
        [5, heard(FINAL)],
        [6, heard(counters(101))],
      ],
      { budget: { tokens: 100 } },
    );
    expect(exit).toMatchObject({ cut: 'budget', final: { ok: true } });
  });

  it('that went on past a limit and is done was not cut short', () => {
    expect(
      play([
        [5, heard(LIMIT)],
        [6, heard(FINAL)],
      ]).exit.cut,
    ).toBeNull();
    expect(
      play([
        [5, heard(LIMIT)],
        [6, heard({ ...FINAL, ok: false })],
      ]).exit,
    ).toMatchObject({
      cut: 'limit',
      resetsAt: '2026-01-31T12:00:00Z',
    });
  });

  it('has its input closed at its end, and gets what its dialect says until it must end', () => {
    const { effects } = play([
      [1, heard({ type: 'input', text: 'yes\n' })],
      [2, heard(FINAL)],
      [302, TICK],
      [303, heard({ type: 'input', text: 'no\n' })],
    ]);
    expect(effects).toEqual([
      [1, 'write'],
      [2, 'close input'],
      [2, 'tell'],
      [302, 'end'],
    ]);
  });

  it('keeps what the hub takes of a session: an odd model is left out, an odd id is none', () => {
    const odd = play([[1, heard({ type: 'session', id: 's1', model: 'opus[1m]' })]]);
    expect(odd.exit.session?.session).toEqual({ runner: 'codex', id: 's1' });
    for (const id of ['a\nb', '--yolo']) {
      expect(play([[1, heard({ type: 'session', id })]]).exit.session).toBeNull();
    }
  });

  it('says how much was done in it, and what was not allowed', () => {
    const { exit } = play([
      [1, heard(call('a'))],
      [2, heard(call('a', 'ended'))],
      [3, heard({ type: 'refused', call: 'x'.repeat(1_000) })],
      [4, heard(FINAL)],
    ]);
    expect(exit).toMatchObject({ hasFinalEvent: true, calls: 1, refused: ['x'.repeat(200)], refusals: 1 });
  });

  it('bounds what it remembers of calls', () => {
    const calls = Array.from({ length: 10_000 }, (_, n): [number, RunEvent] => [n / 100, heard(call(`c${n}`))]);
    const refused = calls.map(([at]): [number, RunEvent] => [at, heard({ type: 'refused', call: 'x' })]);
    const { state, exit } = play([...calls, ...refused]);
    expect(state.openCalls.size).toBeLessThan(1_000);
    expect(exit.refused?.length).toBeLessThan(100);
  });

  it('clips what the hub would not take', () => {
    const long = 'é'.repeat(20_000);
    const choices = Array.from({ length: 20 }, (_, n) => String(n));
    const question = { questionId: 'q', question: long, context: long, choices };
    const { exit, state } = play([
      [1, heard({ type: 'question', question })],
      [2, heard({ type: 'final', ok: false, text: long })],
      [3, heard({ type: 'progress', note: long, fraction: 7 })],
    ]);
    expect(exit.question?.question).toBe('é'.repeat(2_048));
    expect(exit.question?.choices).toHaveLength(16);
    expect(Buffer.byteLength(exit.final?.text ?? '')).toBeLessThanOrEqual(16 * 1024);
    expect(state.progress).toEqual({ note: 'é'.repeat(1_024), fraction: 1 });
  });
});

describe('the use of a turn', () => {
  const session = { runner: 'codex', id: 's1' };
  const resume = { session, counters: { inputTokens: 1_000, outputTokens: 100, costMicros: 500 } };
  const inSession = (id: string): readonly [number, RunEvent] => [1, heard({ type: 'session', id })];
  const used = (...events: (readonly [number, RunEvent])[]) => play(events, { resume }).exit;

  it('is the growth of the session that it went on with', () => {
    const exit = used(inSession('s1'), [2, heard(counters(1_500, { outputTokens: 130, costMicros: 900 }, 'session'))]);
    expect(exit.usage).toEqual({ inputTokens: 500, outputTokens: 30, seconds: 5 });
    expect(exit.session?.counters).toMatchObject({ inputTokens: 1_500, outputTokens: 130, costMicros: 900 });
  });

  it('is what it counted itself, when its tool counts turns; the session has the sum', () => {
    const exit = used(inSession('s1'), [2, heard(counters(500))]);
    expect(exit.usage).toMatchObject({ inputTokens: 500 });
    expect(exit.session?.counters).toMatchObject({ inputTokens: 1_500, outputTokens: 100 });
  });

  it.each([
    ['began another session', 's2', 1_500],
    ['counts anew in the same one', 's1', 400],
  ])('is all of it when its tool %s', (_, id, tokens) => {
    const exit = used(inSession(id), [2, heard(counters(tokens, {}, 'session'))]);
    expect(exit.usage).toMatchObject({ inputTokens: tokens });
    expect(exit.session?.counters.inputTokens).toBe(tokens);
  });

  it('is unknown, and the session as it was, when nothing was counted', () => {
    expect(used(inSession('s1'))).toMatchObject({ usage: { seconds: 5 }, session: { counters: resume.counters } });
    expect(used().session).toBeNull();
  });

  it('may be found too large only when the session is known', () => {
    const plan = { resume, budget: { tokens: 1_000 } };
    const counted: readonly [number, RunEvent] = [1, heard(counters(1_800, { outputTokens: 200 }, 'session'))];
    expect(play([counted, [2, heard({ type: 'session', id: 's1' })]], plan).exit.cut).toBeNull();
    expect(play([counted, [2, heard({ type: 'session', id: 's2' })]], plan).exit.cut).toBe('budget');
  });
});

describe('an account that is not taken', () => {
  const failed: RunHeard = { type: 'final', ok: false, text: '401' };
  const out: RunHeard = { type: 'signed out', text: '401 Unauthorized' };
  const exitAfter = (...all: readonly RunHeard[]) => play(all.map((what) => [0, heard(what)])).exit;

  it('explains the failure that it comes after', () => {
    expect(exitAfter(failed, out).signedOut).toEqual({ said: '401 Unauthorized', remedy: 'sign in' });
    expect(exitAfter(failed).signedOut).toBeNull();
  });

  it('is forgotten when the turn goes on, or ends otherwise', () => {
    expect(exitAfter(failed, out, { type: 'step' }).signedOut).toBeNull();
    expect(exitAfter(out, FINAL).signedOut).toBeNull();
  });
});
