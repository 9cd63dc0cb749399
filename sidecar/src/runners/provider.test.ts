import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunnerBench } from './fixture.js';
import { launchOf } from './kinds/fixture.js';
import { gatewayRoot, gatewaySecrets, NoProvider, ownCredentialFiles, providerFor } from './provider.js';
import { runPaths, turnDir } from './run-files.js';

const URL = 'https://llm.example.org';
const NONE = { kind: 'claude', accounts: [] } as const;
let dir: string;
let tokenFile: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-gateway-'));
  tokenFile = join(dir, 'token');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('a gateway', () => {
  it('is reached with its own token, and not with the keys of the provider', async () => {
    await writeFile(tokenFile, 'token-of-the-gateway\n');
    const provider = providerFor({ kind: 'claude' }, { ...NONE, gateway: { url: `${URL}/v1/`, tokenFile } }, {});
    expect(provider).toMatchObject({ gateway: URL, env: { ANTHROPIC_AUTH_TOKEN: 'token-of-the-gateway' } });
    expect(provider.without).toEqual(expect.arrayContaining(['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN']));
  });

  it('that wants no token gets none of the provider either', () => {
    const { env } = providerFor({ kind: 'codex' }, { ...NONE, gateway: { url: URL } }, { CODEX_API_KEY: 'own-key' });
    expect(env).toEqual({ CODEX_API_KEY: 'no-token-configured' });
  });

  it('has its token in a variable, under which no agent gets it', () => {
    const gateway = { url: URL, tokenVariable: 'LLM' };
    const env = { LLM: 'token-of-the-gateway' };
    expect(providerFor({ kind: 'claude' }, { ...NONE, gateway }, env).without).toContain('LLM');
    expect(providerFor({ kind: 'command' }, { ...NONE, gateway }, env)).toEqual({
      gateway: null,
      env: {},
      without: ['LLM'],
    });
    expect(gatewaySecrets({ gateway }, env)).toEqual(['token-of-the-gateway']);
  });

  it.each([
    ['is not there', undefined, 'cannot be read'],
    ['is empty', '\n', 'is missing'],
    ['is none', 'two words', 'has spaces'],
  ])('whose token %s is not used, and the message does not show it', async (_, text, message) => {
    if (text !== undefined) await writeFile(tokenFile, text);
    const gateway = { url: URL, tokenFile };
    let error: unknown;
    try {
      providerFor({ kind: 'claude' }, { ...NONE, gateway }, {});
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(NoProvider);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('two words');
    expect(gatewaySecrets({ gateway }, {})).toEqual([]);
  });

  it('may be named with or without /v1', () => {
    for (const url of [URL, `${URL}/`, `${URL}/v1`, `${URL}/v1/`]) expect(gatewayRoot(url)).toBe(URL);
    expect(gatewayRoot(`${URL}/team/v1`)).toBe(`${URL}/team`);
  });
});

describe('an account', () => {
  const accounts = [
    { name: 'work', home: '/srv/work' },
    { name: 'work', kind: 'codex', home: '/srv/codex' },
  ] as const;
  const runner = { kind: 'claude', accounts, gateway: {} } as const;
  const chosen = { names: ['work'], othersResetAt: null } as const;

  it('has its own directory, and no key of the machine stands in for it', () => {
    const provider = providerFor({ kind: 'claude', accounts: chosen }, runner, {});
    expect(provider).toMatchObject({ gateway: null, env: { CLAUDE_CONFIG_DIR: '/srv/work' } });
    expect(provider.without).toEqual(expect.arrayContaining(['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN']));
    expect(provider.signInHint).toContain('CLAUDE_CONFIG_DIR=/srv/work');
    expect(providerFor({ kind: 'codex', accounts: chosen }, runner, {}).env).toEqual({ CODEX_HOME: '/srv/codex' });
  });

  it('that is not in the settings any more is no other one', () => {
    const gone = { names: ['gone'], othersResetAt: null } as const;
    expect(() => providerFor({ kind: 'claude', accounts: gone }, runner, {})).toThrow(NoProvider);
  });

  it('is signed in where its own directory says so', () => {
    expect(ownCredentialFiles(runner)).toEqual(
      expect.arrayContaining(['/srv/work/.credentials.json', '/srv/codex/auth.json']),
    );
    expect(ownCredentialFiles({ ...NONE, gateway: { url: URL, tokenFile: '/t' } })).toEqual(['/t']);
  });
});

describe('an agent is sent to the gateway', () => {
  it('by its environment: Claude Code', () => {
    expect(launchOf('claude', { gateway: URL }).env).toMatchObject({ ANTHROPIC_BASE_URL: URL });
    expect(launchOf('claude').env).not.toHaveProperty('ANTHROPIC_BASE_URL');
  });

  it('by a provider of its settings: Codex', () => {
    const { argv } = launchOf('codex', { gateway: URL });
    expect(argv).toEqual(
      expect.arrayContaining([
        'model_provider="agentcom_gateway"',
        `model_providers.agentcom_gateway.base_url="${URL}/v1"`,
        'model_providers.agentcom_gateway.env_key="CODEX_API_KEY"',
      ]),
    );
    expect(launchOf('codex').argv.join(' ')).not.toContain('model_provider');
  });

  it.each(['qwen3:32b', 'gateway/qwen3:32b'])('by its only provider: OpenCode with %s', (model) => {
    const { argv, env } = launchOf('opencode', { gateway: URL, model });
    expect(argv).toEqual(expect.arrayContaining(['--model', 'gateway/qwen3:32b']));
    expect(JSON.parse(env.OPENCODE_CONFIG_CONTENT ?? '')).toMatchObject({
      enabled_providers: ['gateway'],
      provider: { gateway: { options: { baseURL: `${URL}/v1` }, models: { 'qwen3:32b': {} } } },
    });
  });
});

describe('a turn through a gateway', () => {
  let bench: RunnerBench;
  beforeEach(async () => {
    bench = await RunnerBench.open();
  });
  afterEach(() => bench.close());

  async function run(gateway: Parameters<RunnerBench['runner']>[1] & object, kind: 'codex' | 'opencode' = 'codex') {
    const program = join(bench.dir, 'tool');
    const script = 'env > seen; echo "$CODEX_API_KEY"; echo token-of-the-gateway >&2';
    await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    const job = bench.job({ runner: { kind, model: null } });
    return bench.begin(bench.runner('', { kind, program, ...gateway }), { job }).ended;
  }

  it('has the token in one variable, and shows it nowhere', async () => {
    const env = { PATH: process.env.PATH, LLM: 'token-of-the-gateway', CODEX_API_KEY: 'own-key' };
    await run({ env, inheritEnv: true, gateway: { url: URL, tokenVariable: 'LLM' } });
    const seen = (await bench.made('seen')).split('\n');
    expect(seen.filter((line) => line.includes('token-of-the-gateway'))).toEqual([
      'CODEX_API_KEY=token-of-the-gateway',
    ]);
    expect(await bench.output()).not.toContain('token-of-the-gateway');
    expect(await readFile(runPaths(turnDir(bench.dir, 1)).spec, 'utf8')).not.toContain('token-of-the-gateway');
  });

  it('is not begun without its token, and says what to do', async () => {
    expect(await run({ gateway: { url: URL, tokenFile } })).toMatchObject({
      ok: false,
      failure: { class: 'machine', code: 'runner.not_signed_in', message: expect.stringContaining(tokenFile) },
    });
  });

  it('is not begun without a model by a tool that has to be told one', async () => {
    expect(await run({ gateway: { url: URL } }, 'opencode')).toMatchObject({
      ok: false,
      failure: { class: 'permanent', code: 'runner.not_configured' },
    });
  });
});
