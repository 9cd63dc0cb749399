// `agentcom top` on a real hub, in a real terminal: tmux has one, and says what is on it.

import { execFileSync, spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { CLI } from '../support/cli.js';
import { startHub } from '../support/hub.js';
import { connectedAgent, failure, question, workingOn } from '../support/on-hub.js';
import { processesOf } from '../support/process-list.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

const WITHIN_MS = 30_000;
const TIMEOUT = 120_000;
const cannotMakeTerminals = spawnSync('tmux', ['-V']).status !== 0;

class Tmux {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  run(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: { ...process.env, TMUX: '' },
    });
  }

  /** A shell, in which the program is called: what it leaves behind can be seen. */
  open(columns: number, rows: number, env: Readonly<Record<string, string>>): void {
    const shown = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.run(
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
      ...shown,
      'exec env PS1="ready> " /bin/sh',
    );
  }

  type(text: string): void {
    this.run('send-keys', '-l', text);
  }

  key(name: string): void {
    this.run('send-keys', name);
  }

  get screen(): string {
    return this.run('capture-pane', '-p');
  }

  shows(what: string | RegExp): Promise<unknown> {
    return eventually(`${what} on the terminal`, WITHIN_MS, async () => {
      const { screen } = this;
      if (typeof what === 'string' ? screen.includes(what) : what.test(screen)) return true;
      throw new Error(screen);
    });
  }

  /** The modes that a program can leave behind. */
  get modes(): string {
    return this.run('display-message', '-p', '#{alternate_on} #{cursor_flag} #{wrap_flag}').trim();
  }

  stop(): void {
    spawnSync('tmux', ['-S', this.#socket, 'kill-server']);
  }
}

test('in a terminal it answers, requeues, goes on through a restart, and leaves the terminal as it was', {
  timeout: TIMEOUT,
}, async ({ skip }) => {
  skip(cannotMakeTerminals, 'no tmux here');
  const sandbox = testSandbox();
  const dataDir = sandbox.path('hub');
  const hub = await startHub(sandbox, { dataDir });
  const asking = await connectedAgent(hub);
  const asked = await workingOn(hub, asking, { title: 'Paint the wall' });
  await asking.ok({ ...question(asked), question: 'In which \u001b[2Jcolour?' });
  const failing = await connectedAgent(hub);
  const failed = await workingOn(hub, failing, { title: 'Translate the pages', maxAttempts: 1 });
  await failing.ok(failure(failed, 'permanent'));

  const tmux = new Tmux(sandbox.path('tmux'));
  onTestFinished(() => tmux.stop());
  tmux.open(100, 30, { HOME: sandbox.path('home'), SHELL: '/bin/sh' });
  await tmux.shows('ready>');
  const call = `'${process.execPath}' '${CLI}' top --hub ${hub.url} --key-file '${hub.keyFile}'`;
  tmux.type(`${call}; echo "ended $?"`);
  tmux.key('Enter');
  await tmux.shows(/^> asks +Paint the wall/m);
  await tmux.shows('In which ·[2Jcolour?');
  await tmux.shows(/ live {2}\d\d:\d\d:\d\d$/m);
  expect(tmux.modes).toBe('1 0 0');

  tmux.key('a');
  await tmux.shows('Answer to Paint the');
  tmux.type('in red, quietly');
  tmux.key('Enter');
  await tmux.shows('Answered: Paint the');
  await eventually('the answer at the hub', WITHIN_MS, async () => {
    const { answers = [] } = await hub.api.task(asked.task);
    return answers[0]?.answer === 'in red, quietly' || undefined;
  });
  await tmux.shows(/^> dead +Translate the pages/m);
  tmux.key('r');
  await tmux.shows('Requeued: Translate the pages');
  expect((await hub.api.task(failed.task)).state).not.toBe('dead');

  tmux.run('resize-window', '-x', '40', '-y', '12');
  await tmux.shows(/^NEEDS YOU/m);
  expect(tmux.screen.split('\n').every((line) => line.length <= 40)).toBe(true);
  tmux.run('resize-window', '-x', '100', '-y', '30');

  await Promise.all([asking.close(), failing.close()]);
  const port = new URL(hub.url).port;
  await hub.stop();
  await tmux.shows('reconnecting, out of date');
  const again = await startHub(sandbox, { dataDir, port: Number(port) });
  await tmux.shows(/ live {2}\d\d:/);

  tmux.key('q');
  await tmux.shows('ended 0');
  expect(tmux.modes).toBe('0 1 1');
  await tmux.shows(/^ready> /m);

  tmux.type(`clear; ${call}; echo "ended $?"`);
  tmux.key('Enter');
  await tmux.shows(/ live {2}\d\d:/);
  const { pid = 0 } = processesOf(sandbox.dir).find(({ command }) => command.includes(' top --hub ')) ?? {};
  process.kill(pid, 'SIGTERM');
  await tmux.shows('ended 143');
  expect(tmux.modes).toBe('0 1 1');
  tmux.stop();
  expect((await again.stop()).code).toBe(0);
});

test('without a terminal it is one look, as text or as JSON', { timeout: TIMEOUT }, async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const agent = await connectedAgent(hub);
  await agent.ok(question(await workingOn(hub, agent, { title: 'Paint the roof' })));
  const top = (...args: string[]): string =>
    execFileSync(process.execPath, [CLI, 'top', ...args, '--hub', hub.url, '--key-file', hub.keyFile], {
      encoding: 'utf8',
    });
  const text = top('--once');
  expect(text).toMatch(/^agentcom top {2}http/);
  expect(text).toMatch(/^ {2}asks +Paint the roof/m);
  expect(text).not.toContain('\u001b');
  expect(JSON.parse(top('--json'))).toMatchObject({
    hub: hub.url,
    role: 'leader',
    overview: { tasks: { blocked: 1 } },
    needs: [{ kind: 'question', title: 'Paint the roof' }],
    agents: [{ name: agent.machine.name, state: 'blocked' }],
    tasks: [{ state: 'blocked' }],
  });
  await agent.close();
  expect((await hub.stop()).code).toBe(0);
});
