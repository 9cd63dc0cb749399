// `agentcom up --demo`: one agent joined the way any agent joins, and one task worked on a real repository, told as it ended.

import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { RunningHub } from '@agentcom/hub/main';
import type { AgentView, TaskView } from '@agentcom/schemas';
import { parse } from 'smol-toml';
import type { HubClient } from '../client.js';
import { AGENT_CONFIG, enrol, rewriteConfig } from '../enrol.js';
import { CommandError, failed, messageOf } from '../exit.js';
import { followTask } from '../follow.js';
import type { Invocation } from '../invocation.js';
import type { Table } from '../join/agent-config.js';
import { idleReasons } from '../join/agents-here.js';
import { describeMachine } from '../join/detect.js';
import { fields } from '../layout.js';
import { withProgress } from '../progress.js';
import { defaultDataDir, readKey, usualHub } from '../settings.js';
import { duration, oneLine, shellWord } from '../text.js';
import { AgentProcess } from './agent-process.js';
import { BASE, ensureOrigin, git, TASK } from './project.js';

/** What only the demonstration's agent offers, so that its task goes to no other; and it takes nothing else. */
const CAPABILITY = 'agentcom-demo';
const TOKEN_TTL_SECONDS = 600;
const TASK_MS_MAX = 120_000;

interface Done {
  readonly task: string;
  readonly agent: string;
  readonly origin: string;
  readonly branch: string;
  readonly commit: string;
  readonly elapsedMs: number;
}

export class Demo {
  readonly #dir: string;
  readonly #origin: string;
  readonly #log: string;
  readonly #broken = new AbortController();
  readonly #stopped = new AbortController();
  readonly #agent: AgentProcess;

  constructor(
    private readonly invocation: Invocation,
    private readonly hub: RunningHub,
  ) {
    this.#dir = join(hub.dataDir, 'demo');
    this.#origin = join(this.#dir, 'origin.git');
    this.#log = join(this.#dir, 'sidecar.log');
    this.#agent = new AgentProcess((what) =>
      this.#broken.abort(failed('demo.sidecar_ended', `the sidecar exited: ${what}`, `Read its log: ${this.#log}`)),
    );
  }

  /** Tells how it went; never throws, for the hub serves on. */
  async run(): Promise<void> {
    const { out } = this.invocation;
    try {
      const done = await withProgress(this.invocation, 'demonstration', (say) => this.#play(say));
      out.answer({ event: 'demo.completed', ...done }, () => this.#doneText(done));
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      const reason: unknown = this.#broken.signal.aborted ? this.#broken.signal.reason : error;
      const message = messageOf(reason);
      const code = reason instanceof CommandError ? reason.code : 'demo.failed';
      const remedy =
        reason instanceof CommandError && reason.remedy !== undefined ? reason.remedy : `Read its log: ${this.#log}`;
      out.answer({ event: 'demo.failed', code, message, remedy }, () =>
        [
          `${out.colours.red('The demonstration failed:')} ${oneLine(message)}`,
          oneLine(remedy),
          'The hub keeps running.',
        ].join('\n'),
      );
    }
  }

  /** Ends whatever it is at, and the sidecar. */
  stop(): Promise<void> {
    this.#stopped.abort();
    return this.#agent.stop();
  }

  async #play(say: (text: string) => void): Promise<Done> {
    const { world } = this.invocation;
    const { url, keyFile } = this.hub;
    if (keyFile === undefined)
      throw failed('demo.failed', 'this hub follows another one', 'Run it at the hub that leads.');
    say('demonstration: creating a repository');
    await ensureOrigin(world.env, this.#origin);
    const client = await this.invocation.clientFor(url, { key: await readKey(keyFile), from: keyFile });
    say('demonstration: joining an agent');
    const agent = await this.#joined(client);
    this.#stopped.signal.throwIfAborted();
    await this.#agent.start(world.entry, join(this.#dir, 'agent', AGENT_CONFIG), this.#log);
    const startedAt = performance.now();
    const task = await this.#worked(client, say);
    const elapsedMs = Math.round(performance.now() - startedAt);
    const { branch, commit } = task.result ?? {};
    if (task.state !== 'completed' || branch === undefined || commit === undefined) throw notCompleted(task);
    await this.#checkPushed(branch, commit);
    return { task: task.id, agent, origin: this.#origin, branch, commit, elapsedMs };
  }

  /** The name of the agent: the one of an earlier start while the hub knows it, else a new one. */
  async #joined(client: HubClient): Promise<string> {
    const dir = join(this.#dir, 'agent');
    const machine = await describeMachine(this.invocation.world);
    const capabilities = [...machine.capabilities, CAPABILITY, `dedicated:${CAPABILITY}`];
    const known = await nameIn(join(dir, AGENT_CONFIG));
    const view = known === undefined ? undefined : await agentNamed(client, known);
    if (known !== undefined && view !== undefined) {
      const resume = `${this.invocation.world.self} agent resume ${known}${this.#whereFlags()}`;
      for (const { text } of idleReasons(view, `The demonstration's agent ${known}`, resume))
        this.invocation.out.warning(text);
      await rewriteConfig(join(dir, AGENT_CONFIG), {
        hub: this.hub.url,
        argv: this.#argv(),
        capabilities,
        git: this.#gitSettings(),
      });
      return known;
    }
    await rm(dir, { recursive: true, force: true });
    const { token } = await client.call('enrolment.create', { body: { uses: 1, ttlSeconds: TOKEN_TTL_SECONDS } });
    const joined = await enrol(await this.invocation.clientFor(this.hub.url), {
      token,
      capabilities,
      host: machine.host,
      os: machine.os,
      config: { capabilities, git: this.#gitSettings(), runner: { kind: 'command', argv: [...this.#argv()] } },
      place: { dir },
    });
    return joined.agent;
  }

  /** A directory only because it is the one made here. */
  #gitSettings(): Table {
    return { directories: [this.#origin] };
  }

  #argv(): readonly string[] {
    return [process.execPath, join(dirname(this.invocation.world.entry), 'demo', 'agent.js')];
  }

  async #worked(client: HubClient, say: (text: string) => void): Promise<TaskView> {
    const submitted = await client.call('task.submit', {
      body: {
        ...TASK,
        needs: [CAPABILITY],
        repo: { url: pathToFileURL(this.#origin).href, base: BASE },
        labels: { demo: 'true' },
      },
      idempotencyKey: randomUUID(),
    });
    const tooLate = AbortSignal.timeout(TASK_MS_MAX);
    const signal = AbortSignal.any([this.#stopped.signal, this.#broken.signal, tooLate]);
    try {
      return await followTask(client, submitted.id, {
        now: this.invocation.world.now,
        sleep: (ms) => sleep(ms, undefined, { signal }),
        onChange: (task) => say(`demonstration: the task is ${task.state}`),
        onHub: () => undefined,
      });
    } catch (error) {
      if (!tooLate.aborted) throw error;
      throw failed(
        'demo.timeout',
        `task ${submitted.id} was not done within ${duration(TASK_MS_MAX)}`,
        `Read the agent's log: ${this.#log}`,
      );
    }
  }

  async #checkPushed(branch: string, commit: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const pushed = await git(this.invocation.world.env, [
      '--git-dir',
      this.#origin,
      'rev-parse',
      '--verify',
      '--quiet',
      ref,
    ]).catch(() => 'nothing');
    if (pushed !== commit)
      throw failed('demo.not_pushed', `${branch} of ${this.#origin} is at ${pushed}, not at ${commit}`);
  }

  #doneText(done: Done): string {
    const { out } = this.invocation;
    const git = `git --git-dir ${shellWord(done.origin)}`;
    const agentcom = this.invocation.world.self;
    const again = `submit "Remember the milk" --prompt "Write down: buy milk." --repo ${shellWord(done.origin)} --needs ${CAPABILITY} --wait`;
    const where = this.#whereFlags();
    return [
      '',
      out.colours.green('The demonstration is done: a task came back as a pushed branch.'),
      fields(out, [
        ['task', `${done.task}  ${TASK.title}`],
        ['agent', done.agent],
        ['origin', done.origin],
        ['branch', done.branch],
        ['commit', done.commit],
        ['time', duration(done.elapsedMs)],
      ]),
      '',
      'Try next, in another terminal:',
      `  ${git} diff ${BASE} ${shellWord(done.branch)}`,
      `  ${agentcom} task show ${done.task}${where}`,
      `  ${agentcom} ${again}${where}`,
      `  ${agentcom} agent invite${where}   (this agent takes only tasks that need ${CAPABILITY})`,
      `  ${agentcom} --help`,
    ].join('\n');
  }

  /** What a command in another terminal needs to find this hub, when it is not where it usually is. */
  #whereFlags(): string {
    const usualKey = join(defaultDataDir(this.invocation.world), 'owner.key');
    const { url, keyFile = usualKey } = this.hub;
    const hub = url === usualHub() ? '' : ` --hub ${url}`;
    const key = keyFile === usualKey ? '' : ` --key-file ${shellWord(keyFile)}`;
    return hub + key;
  }
}

function notCompleted(task: TaskView): CommandError {
  const error = task.attempts.at(-1)?.error;
  const why = error === undefined ? '' : `: ${error.code}: ${error.message}`;
  return failed('demo.task_failed', `task ${task.id} is ${task.state}${why}`);
}

async function nameIn(config: string): Promise<string | undefined> {
  try {
    const { name } = parse(await readFile(config, 'utf8'));
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when the hub does not know it. */
async function agentNamed(client: HubClient, name: string): Promise<AgentView | undefined> {
  try {
    return await client.call('agent.show', { path: { name } });
  } catch (error) {
    if (error instanceof CommandError && error.code === 'agent.not_found') return undefined;
    throw error;
  }
}
