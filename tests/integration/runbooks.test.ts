// Runbooks as somebody follows them who was woken: a fault is brought about on a real hub, its alert fires, the runbook's first look shows the
// cause, its fix mends it, and the alert resolves by itself.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AlertRuleName, AlertView, ConfigPatch } from '@agentcom/schemas';
import { wordsOf } from '@agentcom/schemas/words';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AgentSocket } from '../support/agent-socket.js';
import { CLI, REPOSITORY } from '../support/cli.js';
import { type Hub, startHub } from '../support/hub.js';
import {
  type Attempt,
  completion,
  connectedAgent,
  failure,
  question,
  reconnected,
  workingOn,
} from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';

const TIMEOUT_MS = 120_000;
/** The hub looks at its backups twice a minute: a new one must be young enough when it is seen. */
const BACKUP_SECONDS = 35;
/** More than completed before, and less than are completed afterwards, in percent of all. */
const DEATHS = 8;
const AT_ONCE = { forSeconds: 0, keepFiringForSeconds: 0 };
const RULES: Required<ConfigPatch>['alerts']['rules'] = {
  NoAgents: AT_ONCE,
  AgentFlapping: { ...AT_ONCE, reconnects: 2, windowMinutes: 1 },
  QueueWaitHigh: { ...AT_ONCE, normalSeconds: 1 },
  NoCapableAgent: AT_ONCE,
  TaskStuck: { ...AT_ONCE, stuckAfterSeconds: 1 },
  QuestionWaiting: { ...AT_ONCE, waitSeconds: 1 },
  DeadLetters: { ...AT_ONCE, hourPercent: 60, hourMinimum: 4 },
  RunnerAuthBroken: AT_ONCE,
  BackupOld: { ...AT_ONCE, warnSeconds: BACKUP_SECONDS },
};

const sandbox = new Sandbox();
let hub: Hub;
/** Stays connected from the first test on. */
let idle: AgentSocket;
let flaps: OnCall;

beforeAll(async () => {
  hub = await startHub(sandbox);
  await hub.api.need('PATCH', '/config', { alerts: { evaluateSeconds: 1, rules: RULES } });
});

afterAll(async () => {
  await idle?.close();
  await hub?.stop();
  expect(await sandbox.close(), 'processes left behind').toEqual([]);
});

/** `about` is a task or an agent that it names. */
function firing(rule: AlertRuleName, about: string): Promise<AlertView> {
  return eventually(`the alert ${rule} about ${about}`, TIMEOUT_MS, async () => {
    const path = `/alerts?rule=${rule}&state=firing`;
    const { items } = await hub.api.need<{ items: readonly AlertView[] }>('GET', path);
    return items.find(({ subjects }) => about === '' || subjects[0]?.id === about);
  });
}

async function run(line: string): Promise<string> {
  const words = wordsOf(line);
  if (!words.ok) throw new Error(`${line}: ${words.problem}`);
  const args = [CLI, ...words.words.slice(1), '--hub', hub.url, '--key-file', hub.keyFile];
  const env = { ...process.env, HOME: sandbox.path('home') };
  return (await promisify(execFile)(process.execPath, args, { env, cwd: sandbox.dir })).stdout;
}

/** What somebody has who was woken: the alert as `alert show` prints it, and the runbook that it names. */
class OnCall {
  private constructor(
    readonly alert: AlertView,
    readonly runbook: string,
  ) {}

  static async about(rule: AlertRuleName, subject = ''): Promise<OnCall> {
    const alert = await firing(rule, subject);
    const shown = await run(`agentcom alert show ${rule}`);
    const [, named = ''] = /^runbook .*\b(explain \w+)$/m.exec(shown) ?? [];
    expect(await run(`agentcom ${named}`)).toMatch(new RegExp(`^${rule}\n`));
    return new OnCall(alert, readFileSync(join(REPOSITORY, alert.runbook), 'utf8'));
  }

  /** The first command of the runbook, about what the alert names. */
  firstLook(): Promise<string> {
    const [, line = ''] = /## First look\n\n```sh\n(.*)\n```/.exec(this.runbook) ?? [];
    const subject = this.alert.subjects[0]?.id ?? '';
    return run(line.replace(/0193a7c2-[0-9a-f-]+|build-1/, subject));
  }

  /** A command that the runbook has word for word, with its places filled in. */
  fix(command: string, places: Readonly<Record<string, string>> = {}): Promise<string> {
    expect(this.runbook).toContain(`\`${command}\``);
    const filled = Object.entries(places).reduce((line, [place, word]) => line.replace(place, word), command);
    return run(filled);
  }

  resolved(): Promise<AlertView> {
    const { id, rule } = this.alert;
    return eventually(`the end of ${rule}`, TIMEOUT_MS, async () => {
      const alert = await hub.api.need<AlertView>('GET', `/alerts/${id}`);
      return alert.state === 'resolved' ? alert : undefined;
    });
  }
}

async function completed(agent: AgentSocket, attempt: Attempt, seq = 1): Promise<void> {
  await agent.ok(completion(attempt, seq));
}

/** Takes what it is offered next. */
async function taken(agent: AgentSocket): Promise<Attempt> {
  const { task, generation } = await agent.ofType('task.assign');
  const attempt = { task: (task as { id: string }).id, generation: Number(generation) };
  await agent.ok({ type: 'task.accept', ...attempt });
  return attempt;
}

test('NoAgents: the only agent is gone, and is started again', { timeout: TIMEOUT_MS }, async () => {
  const first = await connectedAgent(hub);
  const { machine } = first;
  await first.cut();
  const [second] = await reconnected(hub, machine);
  await second.cut();
  const call = await OnCall.about('NoAgents', machine.name);
  expect(call.alert.severity).toBe('page');
  expect(await call.firstLook()).toMatch(new RegExp(`${machine.name} +offline`));
  [idle] = await reconnected(hub, machine);
  await call.resolved();
});

test('AgentFlapping: a link that was lost twice shows at once', { timeout: TIMEOUT_MS }, async () => {
  flaps = await OnCall.about('AgentFlapping', idle.machine.name);
  expect(await flaps.firstLook()).toContain(idle.machine.name);
});

test('QueueWaitHigh: agents are busy, and another one joins', { timeout: TIMEOUT_MS }, async () => {
  const agent = await connectedAgent(hub, { capabilities: ['backlog'] });
  await hub.api.submit({ needs: ['backlog'] });
  const busy = await taken(agent);
  const { id } = await hub.api.submit({ needs: ['backlog'] });
  const call = await OnCall.about('QueueWaitHigh', id);
  expect(await call.firstLook()).toContain('it is busy');
  expect(await call.fix('agentcom agent invite --count 3')).toContain('/join');
  const other = await connectedAgent(hub, { capabilities: ['backlog'] });
  const waited = await taken(other);
  await call.resolved();
  await completed(agent, busy);
  await completed(other, waited);
  await agent.close();
  await other.close();
});

test('NoCapableAgent: a need that nobody has, and the task is cancelled', { timeout: TIMEOUT_MS }, async () => {
  const { id } = await hub.api.submit({ needs: ['gpuu'] });
  const call = await OnCall.about('NoCapableAgent', id);
  expect(await call.firstLook()).toContain('gpuu');
  await call.fix('agentcom task cancel ID', { ID: id });
  await call.resolved();
});

test('TaskStuck: an agent says nothing, and its task is cancelled', { timeout: TIMEOUT_MS }, async () => {
  const agent = await connectedAgent(hub);
  const { task } = await workingOn(hub, agent);
  const call = await OnCall.about('TaskStuck', task);
  await call.firstLook();
  await call.fix('agentcom task cancel ID', { ID: task });
  await call.resolved();
  await agent.close();
});

test('QuestionWaiting: somebody answers', { timeout: TIMEOUT_MS }, async () => {
  const agent = await connectedAgent(hub);
  const attempt = await workingOn(hub, agent);
  await agent.ok(question(attempt));
  const call = await OnCall.about('QuestionWaiting', attempt.task);
  expect(await call.firstLook()).toContain('A task');
  await call.fix('agentcom task answer ID "yes, the second one"', { ID: attempt.task });
  await call.resolved();
  await completed(agent, attempt, 2);
  await agent.close();
});

test('DeadLetters: what killed them is mended, and they are requeued', { timeout: TIMEOUT_MS }, async () => {
  const agent = await connectedAgent(hub);
  for (let i = 0; i < DEATHS; i++) await agent.ok(failure(await workingOn(hub, agent), 'permanent'));
  const call = await OnCall.about('DeadLetters');
  expect(await call.firstLook()).toContain('test.failed');
  await call.fix('agentcom dead requeue --code CODE', { CODE: 'test.failed' });
  for (let i = 0; i < DEATHS; i++) await completed(agent, await taken(agent));
  await call.resolved();
  await agent.close();
});

test('RunnerAuthBroken: the runner is signed in, and the tasks are requeued', { timeout: TIMEOUT_MS }, async () => {
  const agent = await connectedAgent(hub);
  const attempt = await workingOn(hub, agent);
  const error = { class: 'permanent', code: 'runner.not_signed_in', message: 'Invalid API key. Please run /login.' };
  await agent.ok({ ...failure(attempt, 'permanent'), error });
  const call = await OnCall.about('RunnerAuthBroken', agent.machine.name);
  expect(await call.firstLook()).toContain('Please run /login.');
  await completed(agent, await workingOn(hub, agent));
  await call.resolved();
  await call.fix('agentcom dead requeue --code runner.not_signed_in');
  await completed(agent, await taken(agent));
  await agent.close();
});

test('BackupOld: one is made', { timeout: TIMEOUT_MS }, async () => {
  const call = await OnCall.about('BackupOld');
  expect(await call.firstLook()).toContain('.backup');
  await call.resolved();
  expect(await run('agentcom backup list')).toContain('.backup');
});

test('AgentFlapping: the alert resolves once the link has held', { timeout: TIMEOUT_MS }, async () => {
  await flaps.resolved();
});
