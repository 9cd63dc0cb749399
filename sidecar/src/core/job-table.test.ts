// Every phase of the job machine × every event.

import { describe, expect, it } from 'vitest';
import { ATTEMPT, CHECKED, EXIT, jobIn, offered, QUESTION, RUN, stateWith, WORKSPACE } from './fixture.js';
import { type Action, type FailingPhase, type Job, type JobEvent, step } from './job.js';
import { PHASES } from './job-model.js';

const attempt = ATTEMPT;
const failure = { class: 'transient', code: 'runner.failed', message: 'no' } as const;
const stale = { code: 'task.stale_generation', message: 'too late', retryable: false };
const busy = { code: 'hub.busy', message: 'later', retryable: true, retryAfterMs: 500 };

function failedIn(phase: FailingPhase): JobEvent {
  return { type: 'failed', attempt, phase, failure: { ...failure, class: 'permanent' } };
}

const EVENTS: Record<string, JobEvent> = {
  'online keep': { type: 'online', verdict: 'keep' },
  'online confirmed': { type: 'online', verdict: 'confirmed' },
  'online drop': { type: 'online', verdict: 'drop' },
  'online null': { type: 'online', verdict: null },
  offline: { type: 'offline' },
  'assign same': offered(),
  'assign other': offered({}, 9),
  'assign unfit': { ...(offered({}, 9) as JobEvent & { type: 'assign' }), chosen: { unfit: 'no such runner' } },
  cancel: { type: 'cancel', attempt },
  'cancel other': { type: 'cancel', attempt: { ...attempt, generation: 9 } },
  answer: { type: 'answer', attempt, questionId: 'q1', answer: 'slate' },
  'answer other': { type: 'answer', attempt: { ...attempt, generation: 9 }, questionId: 'q1', answer: 'slate' },
  asked: { type: 'asked', attempt, call: 1, question: { ...QUESTION, questionId: 'q2' } },
  'asked other': { type: 'asked', attempt: { ...attempt, generation: 9 }, call: 1, question: QUESTION },
  submitted: { type: 'submitted', attempt, call: 1, submitted: { summary: 'mended' } },
  noted: { type: 'noted', attempt, call: 1, note: 'half' },
  'accept ok': { type: 'answered', attempt, ref: 'accept', error: null },
  'accept stale': { type: 'answered', attempt, ref: 'accept', error: stale },
  'accept busy': { type: 'answered', attempt, ref: 'accept', error: busy },
  'report ok': { type: 'answered', attempt, ref: 'report:1', error: null },
  'report stale': { type: 'answered', attempt, ref: 'report:1', error: stale },
  'report busy': { type: 'answered', attempt, ref: 'report:1', error: busy },
  'stopped ok': { type: 'answered', attempt, ref: 'stopped', error: null },
  'stopped stale': { type: 'answered', attempt, ref: 'stopped', error: stale },
  'stopped busy': { type: 'answered', attempt, ref: 'stopped', error: busy },
  prepared: { type: 'prepared', attempt, workspace: WORKSPACE },
  'prepared other': { type: 'prepared', attempt: { ...attempt, generation: 9 }, workspace: WORKSPACE },
  progress: { type: 'progress', attempt, turn: 1, progress: { fraction: 0.5 } },
  'progress of another turn': { type: 'progress', attempt, turn: 2, progress: { fraction: 0.5 } },
  paths: { type: 'paths', attempt, paths: ['roof.md'] },
  'ran well': { type: 'ran', attempt, turn: 1, exit: EXIT },
  'ran badly': { type: 'ran', attempt, turn: 1, exit: { ...EXIT, code: 1 } },
  'ran and asked': { type: 'ran', attempt, turn: 1, exit: { ...EXIT, cut: 'asked', question: QUESTION } },
  'ran another turn': { type: 'ran', attempt, turn: 2, exit: EXIT },
  checked: { type: 'checked', attempt, checked: CHECKED },
  'verified well': { type: 'verified', attempt, runs: [RUN] },
  'verified badly': { type: 'verified', attempt, runs: [{ ...RUN, exitCode: 1 }] },
  pushed: { type: 'pushed', attempt },
  requested: { type: 'requested', attempt, requested: { url: 'https://git.example.com/1', notes: [] } },
  'preparing failed': failedIn('preparing'),
  'running failed': failedIn('running'),
  'checking failed': failedIn('checking'),
  'verifying failed': failedIn('verifying'),
  'pushing failed': failedIn('pushing'),
  'requesting failed': failedIn('requesting'),
  halted: { type: 'halted', attempt },
  salvaged: {
    type: 'salvaged',
    attempt,
    salvage: { ref: WORKSPACE.salvageRef, isComplete: true },
  },
  withdrawn: { type: 'withdrawn', attempt, withdrawn: { branch: WORKSPACE.branch, pullRequest: null } },
  'waited to push': { type: 'waited', attempt, for: { kind: 'retry', phase: 'pushing' } },
  'waited to request': { type: 'waited', attempt, for: { kind: 'retry', phase: 'requesting' } },
  'waited to say': { type: 'waited', attempt, for: { kind: 'link', links: 1 } },
  'waited to say before': { type: 'waited', attempt, for: { kind: 'link', links: 0 } },
  'waited long': { type: 'waited', attempt, for: { kind: 'long', phase: 'verifying' } },
  'waited for a turn to end': { type: 'waited', attempt, for: { kind: 'turn', turn: 1 } },
};

/** What the table says of an event that changes nothing. Short, so that the table can be read. */
const IGNORED = { '·': 'other_phase', n: 'no_job', o: 'other_attempt', w: 'not_awaited', r: 'repeated' } as const;

/**
 * For every event: the phase it leads to from each phase, in the order of `COLUMNS`. `=` stays; `idle` has no job; the letters of
 * `IGNORED` are refusals by name.
 */
const COLUMNS = ['idle', ...PHASES] as const;
// biome-ignore format: a table
const TABLE: Record<string, string> = {
  //                         idle     assigned  preparing running   blocked  checking  verifying pushing    requesting stopping  salvaging   withdrawing reporting   stopped
  'online keep':             '=        =         =         =         =        =         =         =          =          =         =           =           =           =',
  'online confirmed':        '=        stopped   stopping  stopping  stopping stopping  stopping  stopping   stopping   r         r           r           idle        =',
  'online drop':             '=        stopped   stopping  stopping  stopping stopping  stopping  stopping   stopping   r         r           r           =           =',
  'online null':             '=        stopped   stopping  stopping  stopping stopping  stopping  stopping   stopping   r         r           r           withdrawing =',
  offline:                   '=        =         =         =         =        =         =         =          =          =         =           =           =           =',
  'assign same':             'assigned r         r         r         r        r         r         r          r          r         r           r           r           r',
  'assign other':            'assigned =         =         =         =        =         =         =          =          =         =           =           =           =',
  'assign unfit':            '=        =         =         =         =        =         =         =          =          =         =           =           =           =',
  cancel:                    '=        stopped   stopping  stopping  stopping stopping  stopping  stopping   stopping   r         r           r           withdrawing r',
  'cancel other':            '=        =         =         =         =        =         =         =          =          =         =           =           =           =',
  answer:                    'n        =         =         =         running  =         =         =          =          =         =           =           =           =',
  'answer other':            'n        o         o         o         o        o         o         o          o          o         o           o           o           o',
  asked:                     '=        =         =         =         =        =         =         =          =          =         =           =           =           =',
  'asked other':             '=        =         =         =         =        =         =         =          =          =         =           =           =           =',
  submitted:                 '=        =         =         =         =        =         =         =          =          =         =           =           =           =',
  noted:                     '=        =         =         =         =        =         =         =          =          =         =           =           =           =',
  'accept ok':               'n        preparing w         w         w        w         w         w          w          w         w           w           w           w',
  'accept stale':            'n        idle      w         w         w        w         w         w          w          w         w           w           w           w',
  'accept busy':             'n        =         w         w         w        w         w         w          w          w         w           w           w           w',
  'report ok':               'n        w         w         w         =        w         w         w          w          w         w           w           idle        w',
  'report stale':            'n        w         w         w         stopping w         w         w          w          w         w           w           withdrawing w',
  'report busy':             'n        w         w         w         =        w         w         w          w          w         w           w           =           w',
  'stopped ok':              'n        w         w         w         w        w         w         w          w          w         w           w           w           idle',
  'stopped stale':           'n        w         w         w         w        w         w         w          w          w         w           w           w           idle',
  'stopped busy':            'n        w         w         w         w        w         w         w          w          w         w           w           w           =',
  prepared:                  'n        ·         running   ·         ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  'prepared other':          'n        o         o         o         o        o         o         o          o          o         o           o           o           o',
  progress:                  'n        ·         ·         =         ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  'progress of another turn': 'n        ·         ·         w         ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  paths:                     'n        ·         ·         =         ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  'ran well':                'n        ·         ·         checking  ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  'ran badly':               'n        ·         ·         salvaging ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  'ran and asked':           'n        ·         ·         blocked   ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  'ran another turn':        'n        ·         ·         w         ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  checked:                   'n        ·         ·         ·         ·        verifying ·         ·          ·          ·         ·           ·           ·           ·',
  'verified well':           'n        ·         ·         ·         ·        ·         pushing   ·          ·          ·         ·           ·           ·           ·',
  'verified badly':          'n        ·         ·         ·         ·        ·         salvaging ·          ·          ·         ·           ·           ·           ·',
  pushed:                    'n        ·         ·         ·         ·        ·         ·         requesting ·          ·         ·           ·           ·           ·',
  requested:                 'n        ·         ·         ·         ·        ·         ·         ·          reporting  ·         ·           ·           ·           ·',
  'preparing failed':        'n        ·         salvaging ·         ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  'running failed':          'n        ·         ·         salvaging ·        ·         ·         ·          ·          ·         ·           ·           ·           ·',
  'checking failed':         'n        ·         ·         ·         ·        salvaging ·         ·          ·          ·         ·           ·           ·           ·',
  'verifying failed':        'n        ·         ·         ·         ·        ·         salvaging ·          ·          ·         ·           ·           ·           ·',
  'pushing failed':          'n        ·         ·         ·         ·        ·         ·         salvaging  ·          ·         ·           ·           ·           ·',
  'requesting failed':       'n        ·         ·         ·         ·        ·         ·         ·          reporting  ·         ·           ·           ·           ·',
  halted:                    'n        ·         ·         ·         ·        ·         ·         ·          ·          salvaging ·           ·           ·           ·',
  salvaged:                  'n        ·         ·         ·         ·        ·         ·         ·          ·          ·         withdrawing ·           ·           ·',
  withdrawn:                 'n        ·         ·         ·         ·        ·         ·         ·          ·          ·         ·           stopped     ·           ·',
  'waited to push':          'n        ·         ·         ·         ·        ·         ·         =          ·          ·         ·           ·           ·           ·',
  'waited to request':       'n        ·         ·         ·         ·        ·         ·         ·          =          ·         ·           ·           ·           ·',
  'waited to say':           'n        =         =         =         =        =         =         =          =          =         =           =           =           =',
  'waited to say before':    'n        w         w         w         w        w         w         w          w          w         w           w           w           w',
  'waited long':             'n        ·         ·         ·         ·        ·         =         ·          ·          ·         ·           ·           ·           ·',
  'waited for a turn to end':'n        w         w         w         w        w         w         w          w          w         w           w           w           w',
};

describe('every state meets every event with a transition or a named refusal', () => {
  it('the table is whole', () => {
    expect(Object.keys(TABLE)).toEqual(Object.keys(EVENTS));
    for (const row of Object.values(TABLE)) expect(row.split(/\s+/)).toHaveLength(COLUMNS.length);
  });

  for (const [name, event] of Object.entries(EVENTS)) {
    it(name, () => {
      const row = TABLE[name]?.split(/\s+/) ?? [];
      for (const [at, phase] of COLUMNS.entries()) {
        const cell = row[at] ?? '';
        const state = stateWith(phase === 'idle' ? null : jobIn(phase));
        const next = step(state, event, 0);
        const refusal = Object.entries(IGNORED).find(([letter]) => letter === cell)?.[1];
        expect(next.ignored, `${name} × ${phase}`).toBe(refusal);
        if (refusal !== undefined) expect(next.actions, `${name} × ${phase}`).toEqual([]);
        const reached = next.state.job?.phase ?? 'idle';
        expect(reached, `${name} × ${phase}`).toBe(refusal !== undefined || cell === '=' ? phase : cell);
        if (next.state.job !== state.job && next.state.job !== null) expectKept(next.state.job, next.actions);
      }
    });
  }

  it('a salvage after a failure is reported', () => {
    const { state } = step(stateWith(jobIn('salvaging', { failure })), EVENTS.salvaged as JobEvent, 0);
    expect(state.job?.phase).toBe('reporting');
  });
});

/** A job that the step changed is persisted before the step says or begins anything. */
function expectKept(job: Job, actions: readonly Action[]): void {
  const kept = actions.findIndex((action) => action.do === 'persist');
  const first = actions.findIndex((action) => action.do !== 'persist' && action.do !== 'forget');
  if (kept === -1) return expect(actions.map((action) => action.do)).toEqual(['wait']);
  expect(actions[kept]).toEqual({ do: 'persist', job });
  if (first !== -1) expect(kept).toBeLessThan(first);
}
