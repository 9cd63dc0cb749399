// Examples of tasks and of what belongs to them. Long because it is data.

import { LIMITS } from '../limits.js';
import type {
  Answered,
  AssignedTask,
  Attempt,
  HistoryEntry,
  Overlap,
  PastAttempt,
  Question,
  Result,
  Session,
  SubmittedTask,
  TaskError,
  TaskSpec,
  TaskSummary,
  TaskView,
  Usage,
  VerificationRun,
  Why,
} from '../task.js';
import { COMMIT, type Examples, faulty, LATER, NOON, nested, PARENT, TASK } from './example.js';

const spec: TaskSpec = {
  title: 'Fix the flaky test',
  prompt: 'The test `queue.test.ts` fails one time in ten. Find out why and fix it.',
};

const fullSpec: TaskSpec = {
  ...spec,
  lane: 'high',
  needs: ['git', 'node', 'os:linux'],
  repo: { url: 'https://git.example.com/team/app.git', base: 'main' },
  runner: 'command',
  model: 'provider/large-2',
  labels: { team: 'web', 'ci/run': '4711', empty: '' },
  maxAttempts: 5,
  runTimeoutSeconds: 3600,
  notBefore: NOON,
  dependsOn: [PARENT],
  budget: { costMicros: 2_500_000, tokens: 1_000_000 },
  verify: ['npm test'],
  inactivitySeconds: 1800,
  data: { issue: 17, tags: ['flaky', null] },
};

/** In order of preference, and at most for so much. */
const preferring: TaskSpec = {
  ...spec,
  runner: ['claude', 'codex'],
  model: ['claude-opus-5', 'gpt-5.5'],
  maxCost: 2_500_000,
};

const many = (count: number, value: unknown) => Array.from({ length: count }, () => value);

export const taskSpec: Examples<TaskSpec> = {
  valid: [
    spec,
    fullSpec,
    preferring,
    { ...spec, runner: ['codex'] },
    { ...spec, title: 'ü'.repeat(LIMITS.titleChars), prompt: 'p'.repeat(LIMITS.promptBytes) },
    { ...spec, prompt: 'tabs\tand\nlines, and quotes: "$(rm -rf /)" --help', data: null },
    { ...spec, repo: { url: 'git@git.example.com:team/app.git' }, needs: [], labels: {}, dependsOn: [], verify: [] },
  ],
  invalid: [
    { path: '', value: null },
    { path: '', value: [] },
    { path: '', value: 'a task' },
    ...faulty(spec, [
      ['/title', { title: undefined }],
      ['/title', { title: '' }],
      ['/title', { title: ' \t ' }],
      ['/title', { title: 'two\nlines' }],
      ['/title', { title: 'NUL\u0000' }],
      ['/title', { title: 'x'.repeat(LIMITS.titleChars + 1) }],
      ['/title', { title: 5 }],
      ['/prompt', { prompt: undefined }],
      ['/prompt', { prompt: '' }],
      ['/prompt', { prompt: 'x'.repeat(LIMITS.promptBytes + 1) }],
      ['/prompt', { prompt: 'ü'.repeat(LIMITS.promptBytes / 2 + 1) }],
      ['/prompt', { prompt: ['x'] }],
      ['/lane', { lane: 'Urgent' }],
      ['/lane', { lane: null }],
      ['/needs', { needs: 'git' }],
      ['/needs/0', { needs: ['Git'] }],
      ['/needs/1', { needs: ['git', ''] }],
      ['/needs/0', { needs: ['-x'] }],
      ['/needs/0', { needs: ['x'.repeat(LIMITS.capabilityChars + 1)] }],
      ['/needs', { needs: many(LIMITS.needs + 1, 'git') }],
      ['/repo', { repo: 'https://git.example.com/a.git' }],
      ['/repo/url', { repo: {} }],
      ['/repo/url', { repo: { url: 'https://user:secret@git.example.com/a.git' } }],
      ['/repo/url', { repo: { url: '--upload-pack=x' } }],
      ['/repo/url', { repo: { url: `https://git.example.com/${'x'.repeat(LIMITS.urlChars)}` } }],
      ['/repo/base', { repo: { url: 'file:///srv/a.git', base: '-f' } }],
      ['/repo/base', { repo: { url: 'file:///srv/a.git', base: 'a..b' } }],
      ['/repo/branch', { repo: { url: 'file:///srv/a.git', branch: 'main' } }],
      ['/runner', { runner: '../bin/sh' }],
      ['/runner', { runner: [] }],
      ['/runner', { runner: ['claude', 'claude'] }],
      ['/runner/1', { runner: ['claude', '../bin/sh'] }],
      ['/runner', { runner: many(LIMITS.preferences + 1, 0).map((_, i) => `runner-${i}`) }],
      ['/model/0', { model: [''] }],
      ['/maxCost', { maxCost: 0 }],
      ['/maxCost', { maxCost: '2.50' }],
      ['/model', { model: '--danger' }],
      ['/labels', { labels: [] }],
      ['/labels/team', { labels: { team: 1 } }],
      ['/labels/a b', { labels: { 'a b': 'x' } }],
      ['/labels/', { labels: { '': 'x' } }],
      ['/labels/~1x~0', { labels: { '/x~': 'x' } }],
      ['/labels/long', { labels: { long: 'x'.repeat(LIMITS.labelValueChars + 1) } }],
      ['/labels', { labels: Object.fromEntries(many(LIMITS.labels + 1, 0).map((_, i) => [`l${i}`, ''])) }],
      ['/maxAttempts', { maxAttempts: 0 }],
      ['/maxAttempts', { maxAttempts: 1.5 }],
      ['/maxAttempts', { maxAttempts: LIMITS.maxAttempts + 1 }],
      ['/maxAttempts', { maxAttempts: '3' }],
      ['/runTimeoutSeconds', { runTimeoutSeconds: 0 }],
      ['/inactivitySeconds', { inactivitySeconds: 0 }],
      ['/inactivitySeconds', { inactivitySeconds: 86_401 }],
      ['/notBefore', { notBefore: '2026-11-21' }],
      ['/notBefore', { notBefore: '2026-11-21T12:00:00+01:00' }],
      ['/notBefore', { notBefore: '2026-02-30T12:00:00Z' }],
      ['/notBefore', { notBefore: '2026-12-31T23:59:60Z' }],
      ['/notBefore', { notBefore: 1_795_000_000_000 }],
      ['/dependsOn/0', { dependsOn: ['not-an-id'] }],
      ['/dependsOn/0', { dependsOn: [TASK.toUpperCase()] }],
      ['/dependsOn', { dependsOn: [TASK, TASK] }],
      ['/budget/costMicros', { budget: { costMicros: -1 } }],
      ['/budget/tokens', { budget: { tokens: 0.5 } }],
      ['/budget/eur', { budget: { eur: 1 } }],
      ['/verify', { verify: many(LIMITS.verify + 1, 'true') }],
      ['/verify/0', { verify: [''] }],
      ['/verify/1', { verify: ['npm test', 'npm ci && npm test'] }],
      ['/verify/0', { verify: ['echo "$HOME"'] }],
      ['/verify/0', { verify: ['x'.repeat(LIMITS.verifyChars + 1)] }],
      ['/data', { data: 'x'.repeat(LIMITS.dataBytes) }],
      ['/data', { data: { deep: nested(20), wide: many(LIMITS.dataBytes, 1) } }],
      ['/priority', { priority: 'high' }],
      ['/constructor', { constructor: 'x' }],
    ]),
  ],
};

const error: TaskError = { class: 'verification', code: 'not_clean', message: 'two files were not committed' };
const asked: Question = { questionId: 'q-1', question: 'Which database should the migration be for?' };

const assigned: AssignedTask = {
  ...fullSpec,
  runner: 'command',
  model: 'provider/large-2',
  id: TASK,
  lane: 'high',
  needs: ['git'],
  labels: {},
  maxAttempts: 5,
  runTimeoutSeconds: 3600,
  dependsOn: [],
};
export const assignedTask: Examples<AssignedTask> = {
  valid: [
    assigned,
    {
      ...assigned,
      pastAttempts: [
        { generation: 1, agent: 'duly-noted', error },
        { generation: 2, agent: 'a' },
      ],
      answers: [{ ...asked, answer: 'PostgreSQL' }],
      used: { costMicros: 5 },
    },
  ],
  invalid: faulty(assigned, [
    ['/pastAttempts/0/error/class', { pastAttempts: [{ generation: 1, agent: 'a', error: { ...error, class: 'x' } }] }],
    ['/answers/0/answer', { answers: [asked] }],
    ['/id', { id: undefined }],
    ['/id', { id: 'one' }],
    ['/lane', { lane: undefined }],
    ['/runner', { runner: ['claude', 'codex'] }],
    ['/maxCost', { maxCost: 1 }],
  ]),
};

export const usage: Examples<Usage> = {
  valid: [{}, { inputTokens: 0, outputTokens: 12_000, costMicros: 450_000, currency: 'EUR', seconds: 81.5 }],
  invalid: faulty({}, [
    ['/inputTokens', { inputTokens: -1 }],
    ['/outputTokens', { outputTokens: 1.5 }],
    ['/costMicros', { costMicros: LIMITS.amount + 1 }],
    ['/currency', { currency: 'eur' }],
    ['/seconds', { seconds: '1' }],
    ['/tokens', { tokens: 1 }],
  ]),
};

const done: Result = { summary: 'Two tests shared a port; each has its own now.' };
export const result: Examples<Result> = {
  valid: [
    done,
    { summary: '' },
    {
      ...done,
      branch: 'agentcom/duly-noted/000000000001-g1-fix-the-flaky-test',
      commit: COMMIT,
      pullRequest: 'https://git.example.com/team/app/pulls/3',
      data: { files: 2 },
      verification: [{ command: 'npm test', exitCode: 0, seconds: 3.5, output: 'ok' }],
      notes: ['the branch is 2 commits behind main'],
    },
  ],
  invalid: faulty(done, [
    ['/summary', { summary: undefined }],
    ['/summary', { summary: 'x'.repeat(LIMITS.summaryBytes + 1) }],
    ['/branch', { branch: '-D' }],
    ['/commit', { commit: 'HEAD' }],
    ['/commit', { commit: COMMIT.slice(0, 12) }],
    ['/pullRequest', { pullRequest: 'javascript:alert(1)' }],
    ['/data', { data: 'x'.repeat(LIMITS.dataBytes) }],
    ['/tests', { tests: true }],
    ['/verification/0/exitCode', { verification: [{ command: 'make', exitCode: -1, seconds: 1, output: '' }] }],
    ['/notes/0', { notes: [''] }],
  ]),
};

export const taskError: Examples<TaskError> = {
  valid: [error, { class: 'rate_limited', code: 'usage_limit', message: 'five hours used up' }],
  invalid: faulty(error, [
    ['/class', { class: 'fatal' }],
    ['/code', { code: 'Not Clean' }],
    ['/code', { code: 'x'.repeat(65) }],
    ['/message', { message: '' }],
    ['/message', { message: 'x'.repeat(LIMITS.errorMessageBytes + 1) }],
    ['/stack', { stack: '' }],
  ]),
};

export const question: Examples<Question> = {
  valid: [asked, { ...asked, context: 'Both are configured.', choices: ['PostgreSQL', 'SQLite'] }],
  invalid: faulty(asked, [
    ['/questionId', { questionId: 'q 1' }],
    ['/question', { question: 'x'.repeat(LIMITS.questionBytes + 1) }],
    ['/context', { context: 'x'.repeat(LIMITS.contextBytes + 1) }],
    ['/choices/0', { choices: [''] }],
    ['/choices', { choices: many(LIMITS.choices + 1, 'x') }],
  ]),
};

const firstAttempt: Attempt = {
  generation: 1,
  agent: 'duly-noted',
  startedAt: NOON,
  endedAt: LATER,
  error,
  usage: { inputTokens: 10 },
  counted: true,
};
export const attempt: Examples<Attempt> = {
  valid: [firstAttempt, { generation: 2, agent: 'a', startedAt: NOON, counted: false }],
  invalid: faulty(firstAttempt, [
    ['/generation', { generation: 0 }],
    ['/agent', { agent: 'Duly Noted' }],
    ['/startedAt', { startedAt: 'now' }],
  ]),
};

const entry: HistoryEntry = { at: NOON, event: 'assigned', detail: 'duly-noted' };
export const historyEntry: Examples<HistoryEntry> = {
  valid: [entry, { at: NOON, event: 'submitted' }],
  invalid: faulty(entry, [
    ['/at', { at: 0 }],
    ['/event', { event: undefined }],
  ]),
};

const summary: TaskSummary = {
  id: TASK,
  title: spec.title,
  lane: 'normal',
  needs: ['git'],
  labels: { team: 'web' },
  state: 'scheduled',
  reason: 'backoff',
  until: LATER,
  generation: 1,
  attemptsUsed: 1,
  createdAt: NOON,
};
export const taskSummary: Examples<TaskSummary> = {
  valid: [
    summary,
    { ...summary, runner: ['claude', 'codex'], choice: { runner: 'claude', place: 1, of: 2 } },
    {
      ...summary,
      runner: 'command',
      model: 'provider/large-2',
      maxAttempts: 3,
      budget: { costMicros: 2_500_000 },
      startedAt: NOON,
      progress: { at: LATER, note: 'half', fraction: 0.5 },
      usage: { costMicros: 450_000, currency: 'EUR' },
      failure: { class: 'transient', code: 'exit_1' },
      asks: asked.question,
      pullRequest: 'https://git.example.com/team/app/pulls/3',
    },
    { ...summary, why: { code: 'backoff', text: 'failed (exit_1)', until: LATER } },
    { ...summary, state: 'queued', why: { code: 'no_capable_agent', text: 'no agent offers gpu' } },
  ],
  invalid: faulty(summary, [
    ['/why/code', { why: { code: 'because', text: 'x' } }],
    ['/failure/class', { failure: { class: 'fatal', code: 'x' } }],
    ['/pullRequest', { pullRequest: 'javascript:alert(1)' }],
    ['/state', { state: 'failed' }],
    ['/reason', { reason: 'later' }],
    ['/generation', { generation: -1 }],
  ]),
};

const view: TaskView = {
  ...assigned,
  ...summary,
  org: 'default',
  createdBy: 'owner',
  offers: 0,
  usage: { inputTokens: LIMITS.amount * 3 },
  attempts: [firstAttempt],
  attemptsDropped: 0,
  history: [entry],
  historyDropped: 0,
};
export const taskView: Examples<TaskView> = {
  valid: [
    view,
    {
      ...view,
      state: 'blocked',
      agent: 'duly-noted',
      question: asked,
      progress: { at: NOON, note: 'asked', fraction: 0.5 },
    },
    { ...view, state: 'completed', result: done, finishedAt: LATER },
    {
      ...view,
      ...preferring,
      choice: { runner: 'codex', model: 'gpt-5.5', place: 2, of: 2, because: 'claude: its usage limit has been hit' },
      routes: [
        { runner: 'claude', model: 'claude-opus-5', costMicros: 900_000, currency: 'USD', n: 12 },
        { runner: 'codex', model: 'gpt-5.5', costMicros: 1_200_000, currency: 'USD', n: 12, byPrice: true },
      ],
      usage: { costMicros: 5, currency: 'USD', otherCosts: [{ currency: 'EUR', costMicros: 7 }] },
    },
    {
      ...view,
      state: 'cancelled',
      cancel: { cause: 'requested', reason: 'not needed', by: 'owner' },
      finishedAt: LATER,
    },
    { ...view, state: 'dead', death: 'attempts_used' },
  ],
  invalid: faulty(view, [
    ['/attempts/0/agent', { attempts: [{ ...firstAttempt, agent: undefined }] }],
    ['/history', { history: undefined }],
    ['/death', { death: 'tired' }],
    ['/secret', { secret: 1 }],
  ]),
};

const overLimit = {
  limit: 'label:team=roof',
  window: 'day' as const,
  currency: 'USD',
  expected: { costMicros: 2_000_000 },
  left: { costMicros: 1_500_000, tokens: 7 },
};
export const submittedTask: Examples<SubmittedTask> = {
  valid: [
    view,
    { ...view, state: 'dead', death: 'permanent', repeated: true },
    {
      ...view,
      overLimits: [overLimit, { limit: 'org', window: 'total', expected: { tokens: 5 }, left: { tokens: 0 } }],
    },
  ],
  invalid: faulty(view, [
    ['/repeated', { repeated: false }],
    ['/overLimits/0/window', { overLimits: [{ ...overLimit, window: 'week' }] }],
  ]),
};

const reasons: Why = {
  task: TASK,
  state: 'scheduled',
  reasons: [{ code: 'backoff', message: 'attempt 1 failed; the next may start at 12:05', until: LATER }],
};
export const why: Examples<Why> = {
  valid: [reasons, { task: TASK, state: 'working', reasons: [] }],
  invalid: faulty(reasons, [
    ['/reasons/0/code', { reasons: [{ code: 'because', message: '' }] }],
    ['/task', { task: undefined }],
  ]),
};

export const answered: Examples<Answered> = {
  valid: [{ ...asked, answer: 'PostgreSQL' }],
  invalid: faulty({ ...asked, answer: 'x' }, [['/answer', { answer: '' }]]),
};

export const pastAttempt: Examples<PastAttempt> = {
  valid: [{ generation: 1, agent: 'duly-noted', error }],
  invalid: faulty({ generation: 1, agent: 'duly-noted' }, [['/generation', { generation: 0 }]]),
};

export const verificationRun: Examples<VerificationRun> = {
  valid: [
    { command: 'npm test', exitCode: 1, seconds: 2, output: '1 failed' },
    { command: 'make', seconds: 0, output: '' },
  ],
  invalid: faulty({ command: 'make', seconds: 0, output: '' }, [
    ['/command', { command: '' }],
    ['/output', { output: 'x'.repeat(LIMITS.verificationOutputBytes + 1) }],
  ]),
};

export const session: Examples<Session> = {
  valid: [{ runner: 'claude', id: '0f0f', model: 'some-model' }],
  invalid: faulty({ runner: 'claude', id: '0f0f' }, [['/id', { id: '' }]]),
};

export const overlap: Examples<Overlap> = {
  valid: [{ task: TASK, paths: ['src/a.ts'] }],
  invalid: faulty({ task: TASK, paths: ['a'] }, [['/paths/0', { paths: ['x'.repeat(LIMITS.pathChars + 1)] }]]),
};
