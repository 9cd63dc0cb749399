// Examples of what the HTTP routes take and answer, beside tasks, and of settings. Long because it is data, one entry for each schema.

import type { AgentIntroduction, AgentSummary, AgentView } from '../agent.js';
import type { Holding, WireLimits } from '../frames.js';
import type * as http from '../http.js';
import type { HubSettings } from '../hub-settings.js';
import { LIMITS } from '../limits.js';
import type { Message } from '../message.js';
import { FAILURE_CLASSES, type FailureClass } from '../names.js';
import type { ErrorDetail, Problem } from '../problem.js';
import type { ClientSettings } from '../programs.js';
import { type Config, type ConfigPatch, configWith } from '../runtime-config.js';
import { type SettingsOf, settingsOf } from '../settings.js';
import type { SidecarSettings } from '../sidecar-settings.js';
import { STORAGE } from './backups.js';
import { type Examples, faulty, HASH, LATER, NOON, TASK } from './example.js';
import { taskSummary } from './tasks.js';

const empty = (): Examples<object> => ({
  valid: [{}],
  invalid: [
    { path: '/more', value: { more: 1 } },
    { path: '', value: [] },
  ],
});

const wrongPaging = [
  ['/limit', { limit: 0 }],
  ['/limit', { limit: LIMITS.pageItems + 1 }],
  ['/cursor', { cursor: '' }],
  ['/cursor', { cursor: '../x' }],
  ['/page', { page: 2 }],
] as const;

const introduction: AgentIntroduction = {
  name: 'duly-noted',
  capabilities: ['git', 'os:linux'],
  version: '0.1.0',
  host: 'box.example.com',
  os: 'linux 6.1 x64',
};
const agentSummary: AgentSummary = {
  name: 'duly-noted',
  state: 'idle',
  draining: false,
  unresponsive: false,
  capabilities: ['git'],
};
const agentView: AgentView = { org: 'default', ...agentSummary, connected: true, enrolledAt: NOON, lastSeenAt: LATER };
const deadLetter: http.DeadLetter = {
  ...(taskSummary.valid[0] as (typeof taskSummary.valid)[number]),
  state: 'dead',
  death: 'attempts_used',
  diedAt: LATER,
  error: { class: 'lost', code: 'link_lost', message: 'the link was gone for too long' },
};
const enrol: http.EnrolBody = {
  token: 'aGVsbG8td29ybGQ',
  keyHash: HASH,
  name: 'duly-noted',
  capabilities: ['git'],
  host: 'box',
  os: 'linux',
};
const problem: Problem = {
  type: 'urn:agentcom:error:request.invalid',
  title: 'The request is not valid',
  status: 400,
  detail: 'the body is not valid',
  code: 'request.invalid',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  errors: [{ path: '/needs/0', message: 'must be a string' }],
};
const outputPiece: http.OutputPiece = { generation: 2, outputSeq: 17, stream: 'agent', at: NOON, data: 'Reading…\n' };
const outputLine: http.OutputLine = { line: 120, stream: 'agent', text: 'Reading…' };
const noLines: http.OutputLines = { items: [], next: null, lines: 0, counted: true, cursor: null, colours: '' };
const message: Message = { messageId: TASK, from: 'agent:a', to: 'agent:b', body: 'Done.', sentAt: NOON };
const stats: http.Stats = {
  at: NOON,
  uptimeSeconds: 3600.5,
  queued: { urgent: 0, high: 1, normal: 20, low: 300 },
  tasks: {
    scheduled: 0,
    waiting: 0,
    queued: 321,
    assigned: 1,
    working: 7,
    blocked: 0,
    completed: 900,
    cancelled: 2,
    dead: 1,
  },
  agents: { offline: 1, idle: 0, assigned: 1, working: 7, blocked: 0 },
  utilisation: 0.9,
  oldestQueuedSeconds: { high: 0.5, low: 86_400 },
  spend: { todayMicros: 0, monthMicros: 1_250_000 },
  latencyMs: {
    submitToAssign: { p50: 2.5, p95: 6, p99: 9.1 },
    assignToAccept: {},
    run: { p50: 60_000 },
    endToEnd: {},
    commit: {},
  },
  perSecond: {
    submitted: 0.5,
    completed: 0.4,
    failed: Object.fromEntries(FAILURE_CLASSES.map((name) => [name, 0])) as Record<FailureClass, number>,
    throttled: 0,
    commits: 3,
    events: 9,
  },
};
const limits: WireLimits = { frameBytes: 1, promptBytes: 1, dataBytes: 1, summaryBytes: 1, outputBytes: 1 };

export const httpExamples = {
  TaskListQuery: {
    valid: [
      {},
      { limit: 200, cursor: TASK, state: ['queued', 'dead'], lane: ['low'], label: ['team=web', 'x'], since: NOON },
      { until: NOON, id: '0000', repo: 'shop', mine: '1', count: '1' },
      { mine: 'auto' },
    ],
    invalid: faulty({}, [
      ...wrongPaging,
      ['/state/0', { state: ['failed'] }],
      ['/agent', { agent: '*' }],
      ['/label/0', { label: ['=x'] }],
      ['/q', { q: '' }],
      ['/since', { since: 'yesterday' }],
      ['/until', { until: 'tomorrow' }],
      ['/id', { id: '123' }],
      ['/id', { id: 'ABCD' }],
      ['/id', { id: '-1234' }],
      ['/repo', { repo: '' }],
      ['/mine', { mine: 'yes' }],
      ['/count', { count: 2 }],
    ]),
  } satisfies Examples<http.TaskListQuery>,
  TaskShowQuery: {
    valid: [{}, { ifNot: 'working' }, { ifNot: 'queued', waitSeconds: 60 }],
    invalid: faulty({}, [
      ['/ifNot', { ifNot: 'failed' }],
      ['/waitSeconds', { ifNot: 'queued', waitSeconds: 61 }],
    ]),
  } satisfies Examples<http.TaskShowQuery>,
  PageQuery: { valid: [{}, { limit: 1 }], invalid: faulty({}, wrongPaging) } satisfies Examples<http.PageQuery>,
  TaskPage: {
    valid: [
      { items: [...taskSummary.valid], nextCursor: null },
      { items: [], nextCursor: 'abc', total: 0, others: 2 },
    ],
    invalid: faulty({ items: [], nextCursor: null }, [
      ['/nextCursor', { nextCursor: 5 }],
      ['/items/0/id', { items: [{}] }],
      ['/total', { total: -1 }],
    ]),
  } satisfies Examples<http.TaskPage>,
  ReasonBody: {
    valid: [{}, { reason: 'not needed any more' }],
    invalid: faulty({}, [
      ['/reason', { reason: '' }],
      ['/reason', { reason: 'a\nb' }],
      ['/reason', { reason: 'x'.repeat(LIMITS.reasonChars + 1) }],
      ['/force', { force: true }],
    ]),
  } satisfies Examples<http.ReasonBody>,
  AnswerBody: {
    valid: [{ answer: 'PostgreSQL' }, { answer: 'a\nb', questionId: 'q1' }],
    invalid: faulty({ answer: 'x' }, [
      ['/answer', { answer: undefined }],
      ['/answer', { answer: '' }],
      ['/answer', { answer: 'x'.repeat(LIMITS.answerBytes + 1) }],
      ['/questionId', { questionId: 1 }],
    ]),
  } satisfies Examples<http.AnswerBody>,
  Empty: empty(),
  DeadLetter: {
    valid: [deadLetter],
    invalid: faulty(deadLetter, [['/death', { death: undefined }]]),
  } satisfies Examples<http.DeadLetter>,
  DeadLetterPage: {
    valid: [{ items: [deadLetter], nextCursor: null, total: 1, others: 0 }],
    invalid: faulty({ items: [], nextCursor: null }, [['/items', { items: {} }]]),
  } satisfies Examples<http.DeadLetterPage>,
  DeadLetterQuery: {
    valid: [
      {},
      { limit: 5, death: 'permanent', class: 'permanent', code: 'exit_1', lane: ['low'], label: ['a'], mine: '1' },
      { mine: 'auto', count: '1' },
    ],
    invalid: faulty({}, [...wrongPaging, ['/death', { death: 'old' }], ['/class', { class: 5 }]]),
  } satisfies Examples<http.DeadLetterQuery>,
  RequeueBody: {
    valid: [
      {},
      { freshSession: true, model: 'some-model', promptAppend: 'Leave the tests alone.' },
      {
        keepBudget: true,
        budget: { tokens: 9 },
        lane: 'high',
        needs: [],
        runner: 'codex',
        prompt: 'p',
        ifGeneration: 2,
      },
      { maxAttempts: 1, runTimeoutSeconds: 60 },
      { runner: ['claude', 'codex'], model: ['a', 'b'], maxCost: 5 },
    ],
    invalid: faulty({}, [
      ['/promptAppend', { promptAppend: '' }],
      ['/prompt', { prompt: '' }],
      ['/model', { model: '' }],
      ['/freshSession', { freshSession: 1 }],
      ['/lane', { lane: ['high'] }],
      ['/budget/tokens', { budget: { tokens: 0 } }],
      ['/maxAttempts', { maxAttempts: 0 }],
      ['/ifGeneration', { ifGeneration: 0 }],
    ]),
  } satisfies Examples<http.RequeueBody>,
  BulkRequeueBody: {
    valid: [{}, { class: 'transient', lane: ['urgent'], agent: 'agent-1', needs: ['git'], maxAttempts: 2 }],
    invalid: faulty({}, [
      ['/lane', { lane: 'fast' }],
      ['/label', { label: 'a' }],
      ['/since', { since: '1h' }],
      ['/limit', { limit: 5 }],
    ]),
  } satisfies Examples<http.BulkRequeueBody>,
  TaskActionBody: {
    valid: [
      { action: 'cancel', q: 'state:queued repo:api', reason: 'no longer needed' },
      { action: 'requeue', class: 'transient', changes: { model: 'a', lane: 'low' }, perMinute: 10 },
      { action: 'retry', tasks: [TASK], dryRun: true },
      { action: 'lane', q: 'label:team=docs', to: 'up' },
    ],
    invalid: faulty({ action: 'discard' }, [
      ['/action', { action: 'forget' }],
      ['/tasks', { tasks: TASK }],
      ['/perMinute', { perMinute: 0 }],
      ['/changes/lane', { changes: { lane: 'fast' } }],
      ['/to', { to: 'left' }],
      ['/ifGeneration', { ifGeneration: 1 }],
    ]),
  } satisfies Examples<http.TaskActionBody>,
  BulkRequeued: {
    valid: [{ requeued: 200, remaining: 0 }],
    invalid: faulty({ requeued: 1, remaining: 0 }, [['/remaining', { remaining: -1 }]]),
  } satisfies Examples<http.BulkRequeued>,
  AgentIntroduction: {
    valid: [introduction],
    invalid: faulty(introduction, [['/os', { os: '' }]]),
  } satisfies Examples<AgentIntroduction>,
  AgentSummary: {
    valid: [agentSummary],
    invalid: faulty(agentSummary, [['/state', { state: 'draining' }]]),
  } satisfies Examples<AgentSummary>,
  AgentView: {
    valid: [
      agentView,
      {
        ...agentView,
        state: 'working',
        task: TASK,
        generation: 2,
        stopping: { task: TASK, generation: 1, until: LATER },
        phase: 'running',
      },
      { ...agentView, runners: ['claude'], repositories: [] },
    ],
    invalid: faulty(agentView, [['/connected', { connected: undefined }]]),
  } satisfies Examples<AgentView>,
  AgentPage: {
    valid: [{ items: [agentView], nextCursor: 'abc' }],
    invalid: [{ path: '/nextCursor', value: { items: [] } }],
  } satisfies Examples<http.AgentPage>,
  AgentListQuery: {
    valid: [{}, { state: ['idle'], limit: 10 }],
    invalid: faulty({}, [...wrongPaging, ['/state', { state: 'idle' }]]),
  } satisfies Examples<http.AgentListQuery>,
  Holding: {
    valid: [{ task: TASK, generation: 1, phase: 'assigned' }],
    invalid: faulty({ task: TASK, generation: 1, phase: 'pushing' }, [['/task', { task: undefined }]]),
  } satisfies Examples<Holding>,
  OutputQuery: {
    valid: [{}, { follow: '1', cursor: '2.17', generation: 2, limit: 5 }],
    invalid: faulty({}, [...wrongPaging, ['/follow', { follow: 'yes' }], ['/generation', { generation: 0 }]]),
  } satisfies Examples<http.OutputQuery>,
  OutputPiece: {
    valid: [outputPiece],
    invalid: faulty(outputPiece, [['/stream', { stream: 'stdin' }]]),
  } satisfies Examples<http.OutputPiece>,
  OutputPage: {
    valid: [{ items: [outputPiece], nextCursor: '2.17' }],
    invalid: faulty({ items: [], nextCursor: null }, [['/items', { items: undefined }]]),
  } satisfies Examples<http.OutputPage>,
  LinesQuery: {
    valid: [{}, { generation: 2, from: 120, limit: 1000 }, { last: 500 }, { q: 'error: ' }],
    invalid: faulty({}, [
      ['/from', { from: 0 }],
      ['/last', { last: LIMITS.outputLines + 1 }],
      ['/limit', { limit: 0 }],
      ['/q', { q: ' ' }],
      ['/q', { q: 'x'.repeat(LIMITS.outputSearchChars + 1) }],
    ]),
  } satisfies Examples<http.LinesQuery>,
  OutputLine: {
    valid: [outputLine, { ...outputLine, cut: true }],
    invalid: faulty(outputLine, [['/line', { line: 0 }]]),
  } satisfies Examples<http.OutputLine>,
  OutputLines: {
    valid: [
      {
        generation: 2,
        items: [outputLine],
        next: 121,
        lines: 947_520,
        open: 'agent',
        counted: true,
        cursor: '2.17',
        colours: '',
      },
      noLines,
    ],
    invalid: faulty(noLines, [
      ['/next', { next: 0 }],
      ['/cursor', { cursor: 17 }],
    ]),
  } satisfies Examples<http.OutputLines>,
  Message: {
    valid: [message],
    invalid: faulty(message, [['/messageId', { messageId: 'x' }]]),
  } satisfies Examples<Message>,
  MessageBody: {
    valid: [{ to: 'channel:builds', body: 'It is red.' }],
    invalid: faulty({ to: 'channel:builds', body: 'x' }, [
      ['/to', { to: '#builds' }],
      ['/from', { from: 'agent:somebody-else' }],
    ]),
  } satisfies Examples<http.MessageBody>,
  MessageListQuery: {
    valid: [{}, { limit: 5, cursor: TASK, agent: 'duly-noted' }],
    invalid: faulty({}, [...wrongPaging, ['/agent', { agent: 'agent:x' }]]),
  } satisfies Examples<http.MessageListQuery>,
  MessageQuery: {
    valid: [{}, { limit: 5, cursor: TASK }],
    invalid: faulty({}, wrongPaging),
  } satisfies Examples<http.MessageQuery>,
  MessagePage: {
    valid: [{ items: [message], nextCursor: null }],
    invalid: faulty({ items: [], nextCursor: null }, [['/nextCursor', { nextCursor: 5 }]]),
  } satisfies Examples<http.MessagePage>,
  ListedMessage: {
    valid: [
      { ...message, acknowledged: false },
      { ...message, deliveredAt: message.sentAt, acknowledged: true, acknowledgedAt: message.sentAt },
    ],
    invalid: faulty({ ...message, acknowledged: false }, [['/acknowledged', { acknowledged: 'yes' }]]),
  } satisfies Examples<http.ListedMessage>,
  InboxPage: {
    valid: [{ items: [{ ...message, acknowledged: false }], nextCursor: null }],
    invalid: faulty({ items: [], nextCursor: null }, [['/nextCursor', { nextCursor: 5 }]]),
  } satisfies Examples<http.InboxPage>,
  Channel: {
    valid: [{ name: 'builds', members: ['duly-noted'] }],
    invalid: faulty({ name: 'builds', members: [] }, [['/name', { name: '#builds' }]]),
  } satisfies Examples<http.Channel>,
  ChannelQuery: {
    valid: [{}, { limit: 5, cursor: 'builds' }],
    invalid: faulty({}, wrongPaging),
  } satisfies Examples<http.ChannelQuery>,
  ChannelPage: {
    valid: [{ items: [{ name: 'builds', members: [] }], nextCursor: 'builds' }],
    invalid: faulty({ items: [], nextCursor: null }, [['/items', { items: {} }]]),
  } satisfies Examples<http.ChannelPage>,
  Config: {
    valid: [configWith({}), configWith({ tasks: { maxOffers: 2 } })],
    invalid: faulty(configWith({}), [['/tasks', { tasks: undefined }]]),
  } satisfies Examples<Config>,
  ConfigPatch: {
    valid: [{}, { tasks: { maxOffers: 5, maxAttempts: null }, limits: { messages: { perMinute: 60 } } }],
    invalid: faulty({}, [
      ['/tasks/maxOffers', { tasks: { maxOffers: 0 } }],
      ['/tasks/maxOffers', { tasks: { maxOffers: '5' } }],
      ['/limits/messages/burst', { limits: { messages: { burst: 1.5 } } }],
      ['/colours', { colours: {} }],
    ]),
  } satisfies Examples<ConfigPatch>,
  EnrolmentBody: {
    valid: [
      {},
      { uses: 10, ttlSeconds: 600, capabilities: ['gpu'] },
      { runners: ['claude', 'codex'], repositories: ['https://git.example.org/acme/*'] },
    ],
    invalid: faulty({}, [
      ['/uses', { uses: 0 }],
      ['/uses', { uses: LIMITS.enrolmentUses + 1 }],
      ['/ttlSeconds', { ttlSeconds: 1 }],
      ['/capabilities', { capabilities: {} }],
      ['/capabilities/0', { capabilities: ['agent:a'] }],
      ['/runners', { runners: [] }],
      ['/runners/0', { runners: ['make'] }],
      ['/repositories', { repositories: [] }],
      ['/repositories/0', { repositories: [''] }],
      ['/role', { role: 'owner' }],
    ]),
  } satisfies Examples<http.EnrolmentBody>,
  Enrolment: {
    valid: [{ token: 'x', expiresAt: LATER, joinCommand: 'agentcom join http://127.0.0.1:7700' }],
    invalid: [{ path: '/token', value: { expiresAt: LATER, joinCommand: '' } }],
  } satisfies Examples<http.Enrolment>,
  EnrolBody: {
    valid: [enrol, { ...enrol, capabilities: [] }],
    invalid: faulty(enrol, [
      ['/token', { token: undefined }],
      ['/token', { token: '' }],
      ['/token', { token: 'x'.repeat(129) }],
      ['/keyHash', { keyHash: HASH.toUpperCase() }],
      ['/keyHash', { keyHash: HASH.slice(1) }],
      ['/capabilities/1', { capabilities: ['git', 'agent:a'] }],
      ['/capabilities/0', { capabilities: ['granted:production'] }],
      ['/name', { name: '-x' }],
      ['/name', { name: 'x'.repeat(65) }],
      ['/name', { name: null }],
      ['/capabilities', { capabilities: undefined }],
      ['/host', { host: 'a\nb' }],
      ['/key', { key: 'ac_secret' }],
    ]),
  } satisfies Examples<http.EnrolBody>,
  Enrolled: {
    valid: [{ agent: 'duly-noted', org: 'default', hub: 'http://127.0.0.1:7700' }],
    invalid: [{ path: '/hub', value: { agent: 'a', org: 'b' } }],
  } satisfies Examples<http.Enrolled>,
  Stats: {
    valid: [stats],
    invalid: faulty(stats, [['/queued/low', { queued: { urgent: 0, high: 0, normal: 0 } }]]),
  } satisfies Examples<http.Stats>,
  SchemaNames: { valid: [{ items: ['TaskSpec'] }], invalid: [{ path: '/items', value: {} }] } satisfies Examples,
  Live: { valid: [{ status: 'live' }], invalid: [{ path: '/status', value: { status: 'dead' } }] } satisfies Examples,
  ReadyQuery: {
    valid: [{}, { role: 'any' }],
    invalid: [{ path: '/role', value: { role: 'follower' } }],
  } satisfies Examples<http.ReadyQuery>,
  Ready: {
    valid: [{ status: 'not_ready', reasons: [{ code: 'recovering', message: 'reading the journal' }] }],
    invalid: [{ path: '/reasons', value: { status: 'ready' } }],
  } satisfies Examples<http.Ready>,
  Health: {
    valid: [
      {
        status: 'degraded',
        reasons: [{ code: 'low_disk', message: 'little space' }],
        storage: STORAGE,
        alerting: { evaluatedAgeSeconds: 4.5 },
      },
    ],
    invalid: [{ path: '/status', value: { status: 'ok', reasons: [] } }],
  } satisfies Examples<http.Health>,
  Problem: { valid: [problem], invalid: faulty(problem, [['/status', { status: 200 }]]) } satisfies Examples<Problem>,
  ErrorDetail: {
    valid: [{ path: '', message: 'is not JSON' }],
    invalid: [{ path: '/path', value: { message: '' } }],
  } satisfies Examples<ErrorDetail>,
  WireLimits: {
    valid: [limits],
    invalid: faulty(limits, [['/frameBytes', { frameBytes: -1 }]]),
  } satisfies Examples<WireLimits>,
};

/** What a program runs with when nothing is set. */
function defaults(program: 'hub' | 'client'): SettingsOf<typeof program> {
  const set = settingsOf(program).flatMap(({ key, byDefault }) => (byDefault === undefined ? [] : [[key, byDefault]]));
  return Object.fromEntries(set);
}

const byDefault = new Map(settingsOf('sidecar').map(({ key, byDefault }) => [key, byDefault]));
/** The defaults of one section of the sidecar's settings, without sections in it. */
function section<Name extends 'runner' | 'git' | 'output' | 'verify' | 'pullRequest'>(
  name: Name,
): SidecarSettings[Name] {
  const set = [...byDefault].flatMap(([key, value]) =>
    key.startsWith(`${name}.`) && !key.includes('.', name.length + 1) && value !== undefined
      ? [[key.slice(name.length + 1), value]]
      : [],
  );
  return Object.fromEntries(set);
}

const sidecar: SidecarSettings = {
  hub: 'https://hub.example.com/agentcom',
  insecure: false,
  keyFile: '/var/lib/agentcom/agent.key',
  name: 'duly-noted',
  capabilities: ['git', 'os:linux'],
  stateDir: '/var/lib/agentcom/state',
  repoRoot: '/var/lib/agentcom/repos',
  logLevel: 'info',
  lowDiskBytes: 256 * 1024 ** 2,
  localPort: 0,
  runner: {
    ...section('runner'),
    argv: ['my-agent', '--quiet'],
    container: { engine: 'podman', image: 'agent:1', args: ['--memory=8g'] },
    gateway: {},
  },
  output: section('output'),
  verify: section('verify'),
  forges: [{ host: 'github.com', kind: 'github', tokenFile: '/etc/agentcom/github.token' }],
  pullRequest: section('pullRequest'),
  git: { ...section('git'), authorName: 'Duly Noted' },
};

export const settingsExamples = {
  HubSettings: {
    valid: [
      defaults('hub') as HubSettings,
      { ...(defaults('hub') as HubSettings), nats: 'nats://127.0.0.1:4222', trustProxy: ['10.0.0.0/8', 'fd00::5'] },
      { ...(defaults('hub') as HubSettings), nats: 'nats://nats-1:4222,nats://nats-2:4222', natsReplicas: 3 },
    ],
    invalid: faulty(defaults('hub'), [
      ['/port', { port: 65536 }],
      ['/port', { port: '7700' }],
      ['/host', { host: '' }],
      ['/nats', { nats: 'nats://user:secret@host' }],
      ['/natsReplicas', { natsReplicas: 2 }],
      ['/namespace', { namespace: 'Main' }],
      ['/namespace', { namespace: 'a.b' }],
      ['/maxAttempts', { maxAttempts: 0 }],
      ['/idempotencySeconds', { idempotencySeconds: 60 }],
      ['/publicUrl', { publicUrl: 'hub.example.com' }],
      ['/tlsCert', { tlsCert: '' }],
      ['/trustProxy/1', { trustProxy: ['10.0.0.0/8', '10.0.0.0/33'] }],
      ['/trustProxy/0', { trustProxy: ['proxy.example'] }],
      ['/allowedHosts/0', { allowedHosts: ['hub.example:7700'] }],
      ['/insecure', { insecure: 'yes' }],
      ['/colour', { colour: 'blue' }],
    ]),
  } satisfies Examples<HubSettings>,
  SidecarSettings: {
    valid: [
      sidecar,
      {
        ...sidecar,
        runner: {
          ...sidecar.runner,
          gateway: { url: 'https://llm.example.org', tokenFile: '/etc/agentcom/llm.token' },
        },
      },
    ],
    invalid: faulty(sidecar, [
      ['/hub', { hub: 'ws://hub' }],
      ['/hub', { hub: 'https://user:secret@hub' }],
      ['/name', { name: undefined }],
      ['/capabilities/0', { capabilities: ['GPU'] }],
      ['/runner/user', { runner: { ...sidecar.runner, user: '../root' } }],
      [
        '/runner/container/image',
        { runner: { ...sidecar.runner, container: { ...sidecar.runner.container, image: '' } } },
      ],
      ['/runner/argv', { runner: { ...sidecar.runner, argv: 'my-agent --quiet' } }],
      ['/runner/argv/1', { runner: { ...sidecar.runner, argv: ['a', 'b\u0000'] } }],
      ['/runner/also/0', { runner: { ...sidecar.runner, also: ['cursor'] } }],
      ['/runner/passEnv/0', { runner: { ...sidecar.runner, passEnv: ['A=B'] } }],
      ['/output/bytesPerSecond', { output: { ...sidecar.output, bytesPerSecond: 1024 ** 2 } }],
      ['/forges/0/kind', { forges: [{ host: 'a.example', kind: 'svn' }] }],
      ['/forges/0/token', { forges: [{ host: 'a.example', kind: 'gitea', token: 'secret' }] }],
      ['/pullRequest/draft', { pullRequest: { ...sidecar.pullRequest, draft: 'yes' } }],
      ['/runner/kind', { runner: { ...sidecar.runner, kind: 'shell' } }],
      ['/git/authorEmail', { git: { ...sidecar.git, authorEmail: 'a b' } }],
      ['/git/authorName', { git: { ...sidecar.git, authorName: 'a\nb' } }],
    ]),
  } satisfies Examples<SidecarSettings>,
  ClientSettings: {
    valid: [defaults('client') as ClientSettings, { hub: 'http://10.0.0.1:7700', keyFile: 'owner.key' }],
    invalid: faulty(defaults('client'), [
      ['/hub', { hub: 5 }],
      ['/json', { json: true }],
    ]),
  } satisfies Examples<ClientSettings>,
};
