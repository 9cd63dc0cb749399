// What each tool can do through the whole system: hub, sidecar, the real program, and a model that is not one. The name of a test is a
// column of the table in `ops/docs/agents.md`.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskView } from '@agentcom/schemas';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';
import { type Answer, inTurn, type Scenario, USUAL_USE } from './fake-model/scenario.js';
import { Scene } from './scene.js';
import { type Tool, toolsOf } from './tools.js';

const GONE_TIMEOUT_MS = 30_000;
const HOUR_MS = 3_600_000;
const COMMIT: Answer = { shell: 'git add -A && git commit -q -m "Say hello" && git log --oneline' };
const REQUEST_TOKENS = USUAL_USE.input + USUAL_USE.cached;

let hub: Hub;

beforeAll(async () => {
  const sandbox = new Sandbox();
  hub = await startHub(sandbox, { tasks: { retryBaseSeconds: 1 } });
  return async () => {
    await hub.stop();
    await sandbox.close();
  };
});

/** Writes `hello.txt` with the tool's own means, commits it, and says so. */
const WORKS: Scenario = ({ step, toolResult }) => {
  if (step === 0) return { shell: 'pwd' };
  if (step === 1) return { write: { path: `${/(?:^|: )(\/\S+)$/m.exec(toolResult)?.[1]}/hello.txt`, text: 'hello' } };
  return step === 2 ? COMMIT : { say: 'I have written hello.txt.' };
};
const REQUESTS_OF_WORK = 4;

function gone(scene: Scene, task: string): Promise<true> {
  return eventually('the end of every process of the agent', GONE_TIMEOUT_MS, () => {
    const left = scene.processesOf(task);
    if (left.length > 0) throw new Error(`left: ${left.join(', ')}`);
    return true;
  });
}

describe.each(toolsOf(inject('agentTools')).map((tool) => [`${tool.title} ${tool.installed.version}`, tool] as const))(
  '%s',
  (_, tool) => {
    test('output', async () => {
      let goOn = (): void => undefined;
      const told = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const scene = await Scene.of(hub, tool, async (asked) => {
        if (asked.step === 2) await told;
        return WORKS(asked);
      });
      const { id } = await scene.submit('Say hello.');
      const output = await scene.follow(id);
      let text = '';
      while (!text.includes('pwd')) text += String((await output.next()).data.data);
      // It was seen while the agent still waited for its model.
      expect(scene.work().length).toBeLessThan(REQUESTS_OF_WORK);
      goOn();
      for (const { data } of await output.upTo('end')) text += String(data.data ?? '');
      expect(text).toContain('I have written hello.txt.');
      expect((await scene.in(id, 'completed')).result?.summary).toBe('I have written hello.txt.');
    });

    test('edit and commit', async () => {
      const scene = await Scene.of(hub, tool, WORKS);
      const { id } = await scene.submit('Say hello.');
      const { result, attempts } = await scene.in(id, 'completed', 'dead');
      expect(attempts.map(({ error }) => error)).toEqual([undefined]);
      expect((await scene.origin.show(result?.commit ?? '', 'hello.txt')).trim()).toBe('hello');
      expect((await scene.origin.branches()).get(result?.branch ?? '')).toBe(result?.commit);
      await gone(scene, id);
    });

    test('cost', async () => {
      const scene = await Scene.of(hub, tool, WORKS);
      const { id } = await scene.submit('Say hello.');
      const { attempts, usage } = await scene.in(id, 'completed');
      // What a tool asks beside the work, such as for a title, counts where the tool counts it.
      const all = scene.model.asked.length;
      const requests = Number(usage?.inputTokens) / REQUEST_TOKENS;
      expect(requests).toBeGreaterThanOrEqual(REQUESTS_OF_WORK);
      expect(requests).toBeLessThanOrEqual(all);
      expect(usage).toMatchObject({ outputTokens: requests * USUAL_USE.output, currency: 'USD' });
      expect(usage?.costMicros).toBeCloseTo(requests * tool.costOf(USUAL_USE), -1);
      expect(attempts[0]?.usage).toMatchObject({ inputTokens: usage?.inputTokens, costMicros: usage?.costMicros });
    });

    test('resume after an answer', async () => {
      const ask: Answer =
        tool.asksBy === 'mcp'
          ? { mcp: 'ask', input: { question: 'Which colour?', choices: ['red', 'blue'] } }
          : { shell: 'agentcom report ask "Which colour?" --choice red --choice blue' };
      const scene = await Scene.of(hub, tool, (asked) => {
        const isAnswered = asked.prompt.includes('blue');
        const answers = [{ shell: 'echo blue > colour.txt' }, COMMIT, { say: 'It is blue.' }] as const;
        return isAnswered ? inTurn(...answers)(asked) : inTurn(ask, { say: 'I asked, and wait.' })(asked);
      });
      const { id } = await scene.submit('Choose a colour.');
      const { question } = await scene.in(id, 'blocked');
      expect(question).toMatchObject({ question: 'Which colour?', choices: ['red', 'blue'] });
      await gone(scene, id);
      const before = scene.work().length;
      await hub.api.need('POST', `/tasks/${id}/answer`, { questionId: question?.questionId, answer: 'blue' });
      const { result, attempts, usage } = await scene.in(id, 'completed', 'dead');
      expect(attempts.map(({ error }) => error)).toEqual([undefined]);
      expect((await scene.origin.show(result?.commit ?? '', 'colour.txt')).trim()).toBe('blue');
      // The same conversation: the model is shown what was said before, once, and it is paid once.
      expect(scene.work()[before]?.whole).toContain('Which colour?');
      expect(usage?.inputTokens).toBeGreaterThanOrEqual(scene.work().length * REQUEST_TOKENS);
      expect(usage?.inputTokens).toBeLessThanOrEqual(scene.model.asked.length * REQUEST_TOKENS);
    });

    test('limit', async () => {
      const resetsAtMs = Date.now() + HOUR_MS;
      const scene = await Scene.of(hub, tool, () => ({ limit: { resetsAtMs } }));
      const { id } = await scene.submit('Say hello.');
      const { reason, until, attemptsUsed, attempts } = await scene.in(id, 'scheduled', 'dead');
      expect(attempts.map(({ error }) => error?.class)).toEqual(['rate_limited']);
      expect({ reason, attemptsUsed }).toEqual({ reason: 'rate_limited', attemptsUsed: 0 });
      const lateMs = Date.parse(until ?? '') - resetsAtMs;
      if (tool.saysReset) expect(Math.abs(lateMs)).toBeLessThan(2 * 60_000);
      await gone(scene, id);
    });

    test('hang', async () => {
      const scene = await Scene.of(hub, tool, () => ({ hang: true }), ['inactivitySeconds = 30']);
      const { id } = await scene.submit('Say hello.', { maxAttempts: 1 });
      await scene.asked(1);
      const { attempts } = await scene.in(id, 'dead');
      expect(attempts.map(({ error }) => error?.class)).toEqual(['timeout']);
      await gone(scene, id);
    });

    test('crash', async () => {
      let hasCrashed = false;
      const scene = await Scene.of(hub, tool, (asked) => {
        if (!hasCrashed) return asked.step === 0 ? { shell: 'echo begun' } : { hang: true };
        return inTurn({ shell: 'echo again > again.txt' }, COMMIT, { say: 'Done at last.' })(asked);
      });
      const { id } = await scene.submit('Say hello.');
      await scene.asked(2);
      hasCrashed = true;
      for (const pid of scene.toolOf(id)) process.kill(pid, 'SIGKILL');
      const before = scene.work().length;
      const { attempts, result } = await scene.in(id, 'completed', 'dead');
      expect(attempts.map(({ error }) => error?.class)).toEqual(['transient', undefined]);
      expect((await scene.origin.show(result?.commit ?? '', 'again.txt')).trim()).toBe('again');
      // The next attempt goes on with the conversation of the one that crashed.
      expect(attempts[1]?.session?.id).toBe(attempts[0]?.session?.id);
      expect(scene.work()[before]?.whole).toContain('echo begun');
    });

    test.runIf(tool.countsMeanwhile)('budget', async () => {
      const scene = await Scene.of(hub, tool, ({ step }) => ({ shell: `sleep 1; echo ${step}` }));
      const { id } = await scene.submit('Never stop.', { budget: { tokens: 4 * REQUEST_TOKENS } });
      const { attempts, usage } = await scene.in(id, 'dead');
      expect(attempts.map(({ error }) => error?.class)).toEqual(['budget']);
      expect(usage?.inputTokens).toBeGreaterThan(3 * REQUEST_TOKENS);
      expect(usage?.inputTokens).toBeLessThan(10 * REQUEST_TOKENS);
      await gone(scene, id);
    });

    test('stop', async () => {
      const scene = await Scene.of(hub, tool, inTurn({ shell: 'sleep 600' }));
      const { id } = await scene.submit('Sleep.');
      await scene.asked(1);
      await hub.api.need('POST', `/tasks/${id}/cancel`, {});
      await gone(scene, id);
      await eventually('an idle agent', GONE_TIMEOUT_MS, async () => {
        const { state } = await hub.api.agent(scene.name);
        return state === 'idle' || undefined;
      });
      // Interrupted, it says what it has used.
      if (tool.kind !== 'claude') return;
      const [attempt] = (await hub.api.task(id)).attempts;
      expect(attempt?.usage?.inputTokens).toBeGreaterThanOrEqual(REQUEST_TOKENS);
      expect(attempt?.usage?.costMicros).toBeGreaterThan(0);
    });

    test.runIf(tool.asksApproval)('approvals', async () => {
      const write = 'node -e "require(`fs`).writeFileSync(`colour.txt`, `green`)"'.replaceAll('`', "'");
      const scene = await Scene.of(hub, tool, inTurn({ shell: write }, COMMIT, { say: 'It is green.' }), [
        'approvals = "ask"',
      ]);
      const { id } = await scene.submit('Choose a colour.');
      const { question } = await scene.in(id, 'blocked');
      expect(question?.question).toContain('node -e');
      await hub.api.need('POST', `/tasks/${id}/answer`, { questionId: question?.questionId, answer: 'allow' });
      const { result } = await scene.in(id, 'completed', 'dead');
      expect((await scene.origin.show(result?.commit ?? '', 'colour.txt')).trim()).toBe('green');
    });

    const ASK: Answer =
      tool.asksBy === 'mcp'
        ? { mcp: 'ask', input: { question: 'Which colour?', choices: ['red', 'blue'] } }
        : { shell: 'agentcom report ask "Which colour?" --choice red --choice blue' };
    const WAITING = 'I asked, and wait.';
    const BLUE = inTurn({ shell: 'echo blue > colour.txt' }, COMMIT, { say: 'It is blue.' });

    /** The same tool in other surroundings. */
    const inHome = (prepare: (home: string) => void): Tool => ({
      ...tool,
      configure: (home, url) => {
        prepare(home);
        return tool.configure(home, url);
      },
    });

    async function blueAfter(scene: Scene, meanwhile: () => void): Promise<void> {
      const { id } = await scene.submit('Choose a colour.');
      const { question } = await scene.in(id, 'blocked');
      await gone(scene, id);
      meanwhile();
      await hub.api.need('POST', `/tasks/${id}/answer`, { questionId: question?.questionId, answer: 'blue' });
      const { result, attempts } = await scene.in(id, 'completed', 'dead');
      expect(attempts.map(({ error }) => error)).toEqual([undefined]);
      expect((await scene.origin.show(result?.commit ?? '', 'colour.txt')).trim()).toBe('blue');
    }

    async function helloBy(scene: Scene): Promise<TaskView> {
      const { id } = await scene.submit('Say hello.', { maxAttempts: 1 });
      const task = await scene.in(id, 'completed', 'dead');
      expect(task.attempts.map(({ error }) => error)).toEqual([undefined]);
      expect((await scene.origin.show(task.result?.commit ?? '', 'hello.txt')).trim()).toBe('hello');
      return task;
    }

    test('session gone', async () => {
      let hasCrashed = false;
      const scene = await Scene.of(hub, tool, (asked) => {
        if (!hasCrashed) return asked.step === 0 ? { shell: 'echo begun' } : { hang: true };
        return inTurn({ shell: 'echo again > again.txt' }, COMMIT, { say: 'Done at last.' })(asked);
      });
      const { id } = await scene.submit('Say hello.');
      await scene.asked(2);
      hasCrashed = true;
      scene.loseSessions();
      for (const pid of scene.toolOf(id)) process.kill(pid, 'SIGKILL');
      const { attempts, result } = await scene.in(id, 'completed', 'dead');
      expect(attempts.map(({ error }) => error?.class)).toEqual(['transient', undefined]);
      expect((await scene.origin.show(result?.commit ?? '', 'again.txt')).trim()).toBe('again');
      expect(scene.work().at(-1)?.whole).toContain('Say hello.');
    });

    test('answer after a lost session', async () => {
      const scene = await Scene.of(hub, tool, (asked) =>
        asked.prompt.includes('blue') ? BLUE(asked) : inTurn(ASK, { say: WAITING })(asked),
      );
      await blueAfter(scene, () => scene.loseSessions());
      // A new session is told all of it.
      expect(scene.work().at(-1)?.whole).toContain('Choose a colour.');
    });

    test('hang on resume', async () => {
      const scene = await Scene.of(
        hub,
        tool,
        (asked) => {
          if (!asked.prompt.includes('blue')) return inTurn(ASK, { say: WAITING })(asked);
          return asked.whole.includes(WAITING) ? { hang: true } : BLUE(asked);
        },
        ['inactivitySeconds = 30'],
      );
      await blueAfter(scene, () => undefined);
    });

    test('success, then exit 1', async () => {
      const scene = await Scene.of(hub, tool, WORKS, [], 'exit 1');
      const { result } = await helloBy(scene);
      expect(result?.notes).toContainEqual('The agent reported success, then exited with code 1.');
    });

    test.each([
      ['own branch', 'git checkout -q -b feature/x'],
      ['detached HEAD', 'git checkout -q --detach'],
    ])('%s', async (_, command) => {
      const scene = await Scene.of(hub, tool, (asked) =>
        inTurn({ shell: `${command} && echo hello > hello.txt` }, COMMIT, { say: 'I have written hello.txt.' })(asked),
      );
      const { result } = await helloBy(scene);
      expect((await scene.origin.branches()).get(result?.branch ?? '')).toBe(result?.commit);
    });

    test.runIf(tool.hasGateway)('gateway', async () => {
      const token = 'token-of-the-gateway';
      const behind: Tool = {
        ...tool,
        model: 'house-1',
        configure: (home, url) => {
          writeFileSync(join(home, 'token'), `${token}\n`);
          const price = 'model = "house-*"\ncurrency = "EUR"\ninput = 2\ncachedInput = 1\noutput = 4\n';
          writeFileSync(join(home, 'prices.toml'), `[[price]]\n${price}`);
          return {
            AGENTCOM_SIDECAR_RUNNER_GATEWAY_URL: `${url}/v1/`,
            AGENTCOM_SIDECAR_RUNNER_GATEWAY_TOKEN_FILE: join(home, 'token'),
            AGENTCOM_SIDECAR_RUNNER_PRICES_FILE: join(home, 'prices.toml'),
            // Of its own provider, whom it must not reach.
            ...{ ANTHROPIC_API_KEY: 'own-key', CLAUDE_CODE_OAUTH_TOKEN: 'own-token', CODEX_API_KEY: 'own-key' },
          };
        },
      };
      const scene = await Scene.of(hub, behind, WORKS);
      const { usage } = await helloBy(scene);
      expect([...scene.model.credentials]).toEqual([`Bearer ${token}`]);
      expect(scene.work().map(({ model }) => model)).toEqual(scene.work().map(() => 'house-1'));
      const requests = Number(usage?.inputTokens) / REQUEST_TOKENS;
      const each = USUAL_USE.input * 2 + USUAL_USE.cached + USUAL_USE.output * 4;
      expect(usage).toMatchObject({ costMicros: requests * each, currency: 'EUR' });
    });

    test.runIf(tool.signIn !== undefined)('accounts', async () => {
      const ends = { first: Date.now() + 2 * HOUR_MS, second: Date.now() + HOUR_MS };
      let isAllOver = false;
      const twice: Tool = {
        ...tool,
        configure: (home, url) => {
          const accounts = Object.keys(ends).map((name) => ({ name, home: join(home, name) }));
          const env = tool.configure(home, url);
          for (const account of accounts) tool.signIn?.(account.home, `key-of-${account.name}`, url);
          return { ...env, AGENTCOM_SIDECAR_RUNNER_ACCOUNTS: JSON.stringify(accounts) };
        },
      };
      const scene = await Scene.of(hub, twice, (asked) => {
        const name = asked.credential?.includes('key-of-first') === true ? 'first' : 'second';
        return name === 'first' || isAllOver ? { limit: { resetsAtMs: ends[name] } } : WORKS(asked);
      });
      const { result, attempts } = await helloBy(scene);
      expect(attempts).toHaveLength(1);
      expect(result?.notes).toContain('the account first has met its usage limit; going on with second');
      isAllOver = true;
      const { id } = await scene.submit('Say hello.');
      const { reason, until } = await scene.in(id, 'scheduled', 'dead');
      expect(reason).toBe('rate_limited');
      if (tool.saysReset) expect(Math.abs(Date.parse(until ?? '') - ends.second)).toBeLessThan(2 * 60_000);
      // Nobody else was asked: no key of the machine, and the first account not again.
      const keys = scene.work().map(({ credential }) => /key-of-\w+/.exec(credential ?? '')?.[0]);
      expect(keys.slice(keys.indexOf('key-of-second'))).not.toContain('key-of-first');
      expect(keys).not.toContain(undefined);
    });

    test('editor', async () => {
      const waits = inHome((home) => writeFileSync(join(home, '.gitconfig'), '[core]\n\teditor = "sleep 9999; :"\n'));
      const scene = await Scene.of(hub, waits, (asked) =>
        inTurn(
          { shell: 'echo hello > hello.txt && git add -A && git commit' },
          COMMIT,
          { shell: 'git commit --amend' },
          { say: 'I have written hello.txt.' },
        )(asked),
      );
      await helloBy(scene);
      // Some tools bring an editor of their own that does nothing; ours or theirs, git has no message.
      expect(scene.work().at(-1)?.whole).toContain('empty commit message');
    });

    test('signing', async () => {
      const signs = inHome((home) => {
        const gpg = join(home, 'gpg');
        writeFileSync(gpg, '#!/bin/sh\nexec sleep 9999\n', { mode: 0o700 });
        writeFileSync(join(home, '.gitconfig'), `[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = ${gpg}\n`);
      });
      await helloBy(await Scene.of(hub, signs, WORKS));
    });
  },
);
