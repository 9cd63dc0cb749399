// Examples of every frame of the agent socket.

import type { HubFrameOf, HubFrameType, SidecarFrameOf, SidecarFrameType } from '../frames.js';
import { LIMITS } from '../limits.js';
import { DIGEST, diffFacts } from './diff.js';
import { type Examples, faulty, LATER, NOON, TASK } from './example.js';
import { assignedTask, result, taskError, taskSpec } from './tasks.js';

const on = { id: '7', task: TASK, generation: 2 } as const;
const report = { ...on, seq: 1 } as const;
const agent = { name: 'duly-noted', capabilities: ['git', 'node'], version: '0.1.0', host: 'box', os: 'linux 6.1 x64' };
const spec = { title: 'Fix it', prompt: 'Please fix it.' };
const error = { class: 'transient', code: 'exit_1', message: 'the command ended with 1' } as const;

const unfit = { code: 'runner.not_started', message: 'claude cannot be started: ENOENT' };
const hello: SidecarFrameOf<'hello'> = { type: 'hello', id: '1', agent, instance: 'f3a9' };
const progress: SidecarFrameOf<'task.progress'> = { type: 'task.progress', ...report, note: 'half', fraction: 0.5 };
const output: SidecarFrameOf<'task.output'> = {
  type: 'task.output',
  task: TASK,
  generation: 2,
  outputSeq: 9,
  stream: 'stdout',
  data: 'ok\n',
};
const diffPart: SidecarFrameOf<'task.diff.part'> = {
  type: 'task.diff.part',
  task: TASK,
  generation: 2,
  digest: DIGEST,
  part: 1,
  data: 'diff --git a/a.ts b/a.ts\n',
};
const diff = { type: 'task.diff', ...on, digest: DIGEST, parts: 1 } as const;
const block: SidecarFrameOf<'task.block'> = { type: 'task.block', ...report, questionId: 'q1', question: 'Which one?' };
const complete: SidecarFrameOf<'task.complete'> = { type: 'task.complete', ...report, result: { summary: 'Done.' } };
const fail: SidecarFrameOf<'task.fail'> = { type: 'task.fail', ...report, error };
const send: SidecarFrameOf<'message.send'> = { type: 'message.send', id: '7', to: 'agent:duly-noted', body: 'Done?' };
const message: HubFrameOf<'message'> = {
  type: 'message',
  messageId: TASK,
  from: 'agent:a',
  to: 'agent:b',
  body: 'Done.',
  sentAt: NOON,
};
const submit: SidecarFrameOf<'task.submit'> = { type: 'task.submit', id: '7', idempotencyKey: 'k-1', ...spec };

const wrongAttempt = [
  ['/id', { id: undefined }],
  ['/id', { id: -7 }],
  ['/id', { id: '' }],
  ['/id', { id: 'x'.repeat(LIMITS.idChars + 1) }],
  ['/task', { task: 'T1' }],
  ['/task', { task: undefined }],
  ['/generation', { generation: 0 }],
  ['/generation', { generation: '1' }],
  ['/generation', { generation: LIMITS.sequence + 1 }],
  ['/more', { more: 1 }],
] as const;
const wrongReport = [
  ...wrongAttempt,
  ['/seq', { seq: undefined }],
  ['/seq', { seq: 0 }],
  ['/seq', { seq: 1.5 }],
  ['/seq', { seq: LIMITS.sequence + 1 }],
] as const;

export const sidecarExamples: { readonly [T in SidecarFrameType]: Examples<SidecarFrameOf<T>> } = {
  hello: {
    valid: [hello, { ...hello, holding: { task: TASK, generation: 2, phase: 'running' } }, { ...hello, unfit }],
    invalid: faulty(hello, [
      ['/unfit', { unfit: null }],
      ['/unfit/code', { unfit: { ...unfit, code: 'No program' } }],
      ['/unfit/message', { unfit: { code: 'x' } }],
      ['/id', { id: undefined }],
      ['/agent', { agent: 'duly-noted' }],
      ['/agent/name', { agent: { ...agent, name: 'Duly Noted' } }],
      ['/agent/capabilities/0', { agent: { ...agent, capabilities: ['a b'] } }],
      ['/agent/host', { agent: { ...agent, host: 'x'.repeat(256) } }],
      ['/agent/key', { agent: { ...agent, key: 'secret' } }],
      ['/instance', { instance: undefined }],
      ['/holding', { holding: null }],
      ['/holding/phase', { holding: { task: TASK, generation: 2, phase: 'thinking' } }],
      ['/holding/generation', { holding: { task: TASK, phase: 'running' } }],
      ['/token', { token: 'secret' }],
    ]),
  },
  heartbeat: {
    valid: [
      { type: 'heartbeat' },
      { type: 'heartbeat', id: '3', load: 0.7, freeDiskBytes: 1e12, phase: 'checking' },
      { type: 'heartbeat', unfit },
      { type: 'heartbeat', clock: LATER },
    ],
    invalid: faulty({ type: 'heartbeat' }, [
      ['/unfit/message', { unfit: { ...unfit, message: 'x'.repeat(LIMITS.unfitMessageBytes + 1) } }],
      ['/unfit/since', { unfit: { ...unfit, since: LATER } }],
      ['/clock', { clock: 'noon' }],
      ['/load', { load: -1 }],
      ['/freeDiskBytes', { freeDiskBytes: 'much' }],
      ['/phase', { phase: '' }],
      ['/id', { id: 1.5 }],
    ]),
  },
  'task.accept': {
    valid: [{ type: 'task.accept', ...on }],
    invalid: faulty({ type: 'task.accept', ...on }, wrongAttempt),
  },
  'task.reject': {
    valid: [{ type: 'task.reject', ...on, reason: 'no space left' }],
    invalid: faulty({ type: 'task.reject', ...on, reason: 'busy' }, [
      ...wrongAttempt,
      ['/reason', { reason: undefined }],
      ['/reason', { reason: 'x'.repeat(LIMITS.reasonChars + 1) }],
    ]),
  },
  'task.progress': {
    valid: [
      progress,
      { ...progress, paths: ['src/a.ts'], session: { runner: 'claude', id: 's-1', model: 'm' } },
      { type: 'task.progress', ...report },
      { ...progress, usage: { inputTokens: 5 }, fraction: 1 },
    ],
    invalid: faulty(progress, [
      ...wrongReport,
      ['/fraction', { fraction: 1.01 }],
      ['/note', { note: 'x'.repeat(LIMITS.noteChars + 1) }],
      ['/usage/inputTokens', { usage: { inputTokens: -5 } }],
      ['/paths/0', { paths: [''] }],
      ['/paths', { paths: Array.from({ length: LIMITS.changedPaths + 1 }, () => 'a') }],
      ['/session/id', { session: { runner: 'claude' } }],
    ]),
  },
  'task.output': {
    valid: [output, { ...output, stream: 'agent', data: '\u001b[1mü\u0000' }],
    invalid: faulty(output, [
      ['/outputSeq', { outputSeq: 0 }],
      ['/stream', { stream: 'stdin' }],
      ['/data', { data: '' }],
      ['/data', { data: 'x'.repeat(LIMITS.outputBytes + 1) }],
      ['/seq', { seq: 1 }],
    ]),
  },
  'task.diff.part': {
    valid: [diffPart, { ...diffPart, id: '8', part: LIMITS.diffParts, data: '+\u0000\n' }],
    invalid: faulty(diffPart, [
      ['/digest', { digest: 'A'.repeat(64) }],
      ['/part', { part: 0 }],
      ['/part', { part: LIMITS.diffParts + 1 }],
      ['/data', { data: '' }],
      ['/data', { data: 'x'.repeat(LIMITS.outputBytes + 1) }],
    ]),
  },
  'task.diff': {
    valid: [
      { ...diff, ...diffFacts.valid },
      { ...diff, parts: 0, stage: 'working', base: 'a'.repeat(64), files: 0, added: 0, removed: 0, items: [] },
    ],
    invalid: faulty({ ...diff, ...diffFacts.valid }, [
      ...wrongAttempt,
      ['/digest', { digest: undefined }],
      ['/parts', { parts: -1 }],
      ['/stage', { stage: 'final' }],
      ['/base', { base: 'main' }],
      ['/files', { files: -1 }],
      ['/items/0/path', { items: [{ path: '', status: 'added' }] }],
      ['/items/0/status', { items: [{ path: 'a', status: 'new' }] }],
      ['/items', { items: Array.from({ length: LIMITS.diffFiles + 1 }, () => ({ path: 'a', status: 'added' })) }],
      ['/leftOut/lines', { leftOut: { files: 1 } }],
    ]),
  },
  'task.block': {
    valid: [block, { ...block, context: 'Both fit.', choices: ['a', 'b'] }],
    invalid: faulty(block, [...wrongReport, ['/questionId', { questionId: '' }], ['/question', { question: 5 }]]),
  },
  'task.answered': {
    valid: [{ type: 'task.answered', ...on, questionId: 'q1' }],
    invalid: faulty({ type: 'task.answered', ...on, questionId: 'q1' }, [
      ...wrongAttempt,
      ['/questionId', { questionId: undefined }],
    ]),
  },
  'task.complete': {
    valid: [complete, ...result.valid.map((value) => ({ ...complete, result: value, outputSeq: 0, usage: {} }))],
    invalid: [
      ...faulty(complete, [...wrongReport, ['/result', { result: undefined }], ['/outputSeq', { outputSeq: -1 }]]),
      ...result.invalid.map(({ path, value }) => ({ path: `/result${path}`, value: { ...complete, result: value } })),
    ],
  },
  'task.fail': {
    valid: [
      fail,
      { ...fail, error: { ...error, class: 'machine' } },
      { ...fail, error: { ...error, class: 'rate_limited' }, resetsAt: LATER },
    ],
    invalid: [
      ...faulty(fail, [...wrongReport, ['/error', { error: undefined }], ['/resetsAt', { resetsAt: 5 }]]),
      ...taskError.invalid.map(({ path, value }) => ({ path: `/error${path}`, value: { ...fail, error: value } })),
    ],
  },
  'task.stopped': {
    valid: [
      { type: 'task.stopped', ...on },
      {
        type: 'task.stopped',
        ...on,
        salvageRef: 'refs/agentcom/salvage/x',
        branch: 'a/b',
        pullRequest: 'https://x.example/1',
        usage: { inputTokens: 5 },
        session: { runner: 'claude', id: 's-1' },
      },
    ],
    invalid: faulty({ type: 'task.stopped', ...on }, [
      ...wrongAttempt,
      ['/usage/inputTokens', { usage: { inputTokens: -5 } }],
      ['/salvageRef', { salvageRef: 'salvage' }],
      ['/salvageRef', { salvageRef: '--force' }],
      ['/branch', { branch: '-a' }],
      ['/pullRequest', { pullRequest: 'file:///x' }],
    ]),
  },
  'task.submit': {
    valid: taskSpec.valid.map((value) => ({ ...submit, ...value })),
    invalid: [
      ...faulty(submit, [
        ['/id', { id: undefined }],
        ['/idempotencyKey', { idempotencyKey: undefined }],
        ['/idempotencyKey', { idempotencyKey: '' }],
        ['/idempotencyKey', { idempotencyKey: 'a b' }],
        ['/idempotencyKey', { idempotencyKey: 'x'.repeat(LIMITS.idempotencyKeyChars + 1) }],
      ]),
      ...taskSpec.invalid.flatMap(({ path, value }) => (path === '' ? [] : [{ path, value: withFrame(value) }])),
    ],
  },
  'agents.list': {
    valid: [{ type: 'agents.list', id: '7' }],
    invalid: faulty({ type: 'agents.list', id: '7' }, [
      ['/id', { id: undefined }],
      ['/org', { org: 'other' }],
    ]),
  },
  'message.send': {
    valid: [send, { ...send, to: 'channel:builds', replyTo: TASK }],
    invalid: faulty(send, [
      ['/id', { id: undefined }],
      ['/to', { to: 'duly-noted' }],
      ['/to', { to: 'agent:Duly Noted' }],
      ['/body', { body: '' }],
      ['/body', { body: 'x'.repeat(LIMITS.messageBytes + 1) }],
      ['/replyTo', { replyTo: 'the last one' }],
    ]),
  },
  'message.ack': {
    valid: [{ type: 'message.ack', messageId: TASK }],
    invalid: faulty({ type: 'message.ack', messageId: TASK }, [['/messageId', { messageId: '1' }]]),
  },
  'channel.join': {
    valid: [{ type: 'channel.join', id: '7', channel: 'builds' }],
    invalid: faulty({ type: 'channel.join', id: '7', channel: 'builds' }, [['/channel', { channel: '#builds' }]]),
  },
  'channel.leave': {
    valid: [{ type: 'channel.leave', id: '7', channel: 'builds' }],
    invalid: faulty({ type: 'channel.leave', id: '7', channel: 'builds' }, [['/channel', { channel: undefined }]]),
  },
  'channel.history': {
    valid: [{ type: 'channel.history', id: '7', channel: 'builds', limit: 20 }],
    invalid: faulty({ type: 'channel.history', id: '7', channel: 'builds' }, [
      ['/limit', { limit: 0 }],
      ['/limit', { limit: LIMITS.pageItems + 1 }],
    ]),
  },
};

function withFrame(value: unknown): object {
  return { type: 'task.submit', id: '7', idempotencyKey: 'k-1', ...(value as object) };
}

const welcome: HubFrameOf<'welcome'> = {
  type: 'welcome',
  re: '1',
  agent: 'duly-noted',
  org: 'default',
  heartbeatSeconds: 15,
  limits: {
    frameBytes: LIMITS.frameBytes,
    promptBytes: LIMITS.promptBytes,
    dataBytes: LIMITS.dataBytes,
    summaryBytes: LIMITS.summaryBytes,
    outputBytes: LIMITS.outputBytes,
    diffBytes: LIMITS.diffBytes,
  },
  serverTime: NOON,
  holding: null,
};
const refused: HubFrameOf<'error'> = {
  type: 'error',
  re: '7',
  code: 'task.stale_generation',
  message: 'this attempt is no longer the live one',
  retryable: false,
};
const about = { task: TASK, generation: 2 } as const;

export const hubExamples: { readonly [T in HubFrameType]: Examples<HubFrameOf<T>> } = {
  welcome: {
    valid: [welcome, { ...welcome, holding: 'keep', notice: 'this sidecar is too old' }],
    invalid: faulty(welcome, [
      ['/holding', { holding: 'maybe' }],
      ['/holding', { holding: undefined }],
      ['/limits/frameBytes', { limits: { ...welcome.limits, frameBytes: '256 KiB' } }],
    ]),
  },
  ok: {
    valid: [
      { type: 'ok', re: '7' },
      { type: 'ok', re: '7', task: TASK, repeated: true },
      {
        type: 'ok',
        re: '7',
        agents: [{ name: 'a', state: 'idle', draining: false, unresponsive: false, capabilities: [] }],
      },
    ],
    invalid: faulty({ type: 'ok', re: '7' }, [
      ['/re', { re: undefined }],
      ['/agents/0/state', { agents: [{ name: 'a', draining: false, unresponsive: false, capabilities: [] }] }],
    ]),
  },
  error: {
    valid: [
      refused,
      { ...refused, code: 'hub.busy', retryable: true, retryAfterMs: 500, details: [{ path: '/seq', message: 'x' }] },
    ],
    invalid: faulty(refused, [
      ['/code', { code: 'Stale!' }],
      ['/retryable', { retryable: 'no' }],
      ['/details/0/path', { details: [{ message: 'x' }] }],
    ]),
  },
  'task.assign': {
    valid: assignedTask.valid.map((task) => ({ type: 'task.assign', task, generation: 2, acceptWithinMs: 60_000 })),
    invalid: assignedTask.invalid.map(({ path, value }) => ({
      path: `/task${path}`,
      value: { type: 'task.assign', task: value, generation: 2, acceptWithinMs: 60_000 },
    })),
  },
  'task.output.ack': {
    valid: [{ type: 'task.output.ack', ...about, outputSeq: 9 }],
    invalid: faulty({ type: 'task.output.ack', ...about, outputSeq: 9 }, [['/outputSeq', { outputSeq: null }]]),
  },
  'task.diff.request': {
    valid: [{ type: 'task.diff.request', ...about }],
    invalid: faulty({ type: 'task.diff.request', ...about }, [['/task', { task: 5 }]]),
  },
  'task.answer': {
    valid: [{ type: 'task.answer', ...about, questionId: 'q1', answer: 'PostgreSQL' }],
    invalid: faulty({ type: 'task.answer', ...about, questionId: 'q1', answer: 'x' }, [['/answer', { answer: '' }]]),
  },
  'task.turns': {
    valid: [{ type: 'task.turns', ...about, allowed: false, reason: 'spend limit: org' }],
    invalid: faulty({ type: 'task.turns', ...about, allowed: true, reason: 'x' }, [['/allowed', { allowed: 'no' }]]),
  },
  'task.cancel': {
    valid: [{ type: 'task.cancel', ...about, reason: 'not needed' }],
    invalid: faulty({ type: 'task.cancel', ...about, reason: 'x' }, [['/generation', { generation: -2 }]]),
  },
  message: {
    valid: [message, { ...message, from: 'key:owner', replyTo: TASK }],
    invalid: faulty(message, [
      ['/messageId', { messageId: undefined }],
      ['/sentAt', { sentAt: 5 }],
    ]),
  },
  throttled: {
    valid: [{ type: 'throttled', action: 'task.submit', retryAfterMs: 200 }],
    invalid: faulty({ type: 'throttled', action: 'x', retryAfterMs: 200 }, [['/retryAfterMs', { retryAfterMs: 0.5 }]]),
  },
  'agent.drain': {
    valid: [{ type: 'agent.drain', reason: 'maintenance' }],
    invalid: faulty({ type: 'agent.drain' }, [['/reason', {}]]),
  },
  'agent.resume': {
    valid: [{ type: 'agent.resume', reason: '' }],
    invalid: faulty({ type: 'agent.resume' }, [['/reason', {}]]),
  },
  'agent.dismiss': {
    valid: [{ type: 'agent.dismiss', reason: 'removed' }],
    invalid: faulty({ type: 'agent.dismiss' }, [['/reason', {}]]),
  },
};
