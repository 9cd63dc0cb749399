import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError, loadSidecarConfig } from './config.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-config-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const WHOLE = `
hub = "http://127.0.0.1:7700"
keyFile = "agent.key"
name = "tern"
stateDir = "state"
repoRoot = "/srv/repos"
[runner]
argv = ["./agent.sh", "./its-argument"]
`;

async function load(text: string, env: Record<string, string> = {}) {
  const file = join(dir, 'sidecar.toml');
  await writeFile(file, text);
  return loadSidecarConfig(file, env);
}

it('is read with its defaults, every path absolute', async () => {
  const config = await load(WHOLE);
  expect(config).toMatchObject({
    hub: 'http://127.0.0.1:7700',
    keyFile: resolve('agent.key'),
    stateDir: resolve('state'),
    repoRoot: '/srv/repos',
  });
  expect(config.runner).toMatchObject({ kind: 'command', stopGraceSeconds: 20 });
  expect(config.git.program).toBe('git');
});

it('means a program by its path from here, never from a worktree, and leaves its arguments alone', async () => {
  expect((await load(WHOLE)).runner.argv).toEqual([resolve('agent.sh'), './its-argument']);
  expect((await load(WHOLE.replace('./agent.sh', 'agent'))).runner.argv[0]).toBe('agent');
});

it('needs a program for the runner `command` only, wherever that is named', async () => {
  const claude = WHOLE.replace(/^argv.*$/m, 'kind = "claude"');
  expect((await load(claude)).runner).toMatchObject({ kind: 'claude', argv: [] });
  await expect(load(claude.replace('kind = "claude"', 'kind = "claude"\nalso = ["command"]'))).rejects.toThrow(
    /runner\.argv is empty/,
  );
});

it('makes every other path absolute as well', async () => {
  const config = await load(`${WHOLE}
program = "./bin/agent"
pricesFile = "prices.toml"
[pullRequest]
template = "request.md"
[[forges]]
host = "git.example.org"
kind = "gitea"
tokenFile = "forge.token"
`);
  expect(config.runner).toMatchObject({ program: resolve('bin/agent'), pricesFile: resolve('prices.toml') });
  expect(config.pullRequest.template).toBe(resolve('request.md'));
  expect(config.forges).toMatchObject([{ tokenFile: resolve('forge.token') }]);
});

const CLAUDE = WHOLE.replace(/^argv.*$/m, 'kind = "claude"');
const GATEWAY = '[runner.gateway]\nurl = "https://llm.example.org"\n';

it('names a gateway, by address and file or variable of its token', async () => {
  const { runner } = await load(`${CLAUDE}${GATEWAY}tokenFile = "gateway.token"\n`);
  expect(runner.gateway).toEqual({ url: 'https://llm.example.org', tokenFile: resolve('gateway.token') });
  const env = { AGENTCOM_SIDECAR_RUNNER_GATEWAY_TOKEN_VARIABLE: 'LLM_TOKEN' };
  expect((await load(`${CLAUDE}${GATEWAY}`, env)).runner.gateway).toMatchObject({ tokenVariable: 'LLM_TOKEN' });
});

it.each([
  ['two tokens', `${CLAUDE}${GATEWAY}tokenFile = "t"\ntokenVariable = "T"\n`, /exclude each other/],
  ['a token for nothing', `${CLAUDE}[runner.gateway]\ntokenFile = "t"\n`, /add runner\.gateway\.url/],
  ['credentials in the address', `${CLAUDE}${GATEWAY.replace('//', '//u:p@')}`, /without credentials/],
  ['an agent that would go past it', `${CLAUDE}also = ["gemini"]\n${GATEWAY}`, /does not serve gemini: leave it out/],
  ['OpenCode without a model', `${CLAUDE.replace('claude', 'opencode')}${GATEWAY}`, /runner\.model is missing/],
])('refuses a gateway with %s, naming the remedy', async (_, text, message) => {
  await expect(load(text)).rejects.toThrow(message);
});

const ACCOUNT = '[[runner.accounts]]\nname = "work"\nhome = "claude-work"\n';

it('names several accounts of an agent, each by its directory', async () => {
  const codex = ACCOUNT.replace('home =', 'kind = "codex"\nhome =');
  const { runner } = await load(`${CLAUDE}also = ["codex"]\n${ACCOUNT}${codex}`);
  expect(runner.accounts).toEqual([
    { name: 'work', home: resolve('claude-work') },
    { name: 'work', kind: 'codex', home: resolve('claude-work') },
  ]);
});

it.each([
  ['an agent that is not here', `${CLAUDE}${ACCOUNT}kind = "codex"\n`, /add codex to runner\.also/],
  ['an agent without any', `${WHOLE}${ACCOUNT}`, /work of command, which keeps no accounts/],
  ['one name', `${CLAUDE}${ACCOUNT}${ACCOUNT.replace('claude-work', 'b')}`, /two of claude with the name work/],
  [
    'one directory',
    `${CLAUDE}${ACCOUNT}${ACCOUNT.replace('"work"', '"b"')}`,
    /two of claude with the home .*claude-work/,
  ],
  ['a gateway', `${CLAUDE}${GATEWAY}${ACCOUNT}`, /goes through runner\.gateway: leave one of them out/],
])('refuses accounts of %s, naming the remedy', async (_, text, message) => {
  await expect(load(text)).rejects.toThrow(message);
});

it('gives way to the environment', async () => {
  expect((await load(WHOLE, { AGENTCOM_SIDECAR_NAME: 'gull' })).name).toBe('gull');
});

it.each([
  ['no TOML', 'hub = ', /sidecar\.toml cannot be used/],
  ['an unknown setting', `colour = "red"\n${WHOLE}`, /colour in .* is not a setting/],
  ['a missing setting', WHOLE.replace(/^name.*$/m, ''), /name /],
  ['the same forge twice', `${WHOLE}${'[[forges]]\nhost = "a"\nkind = "gitea"\n'.repeat(2)}`, /forges names a twice/],
  ['no program', WHOLE.replace(/^argv.*$/m, 'argv = []'), /argv/],
])('with %s is refused by name', async (_what, text, message) => {
  const refused = load(text);
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(message);
});

it('that is not there is refused', () => {
  expect(() => loadSidecarConfig(join(dir, 'nothing.toml'), {})).toThrow(ConfigError);
});

it('agents run as another user or in a container, not both', async () => {
  expect((await load(`${WHOLE}user = "tern-agent"\n`)).runner.user).toBe('tern-agent');
  await expect(load(`${WHOLE}user = "../root"\n`)).rejects.toThrow('the name of a local user');
  const both = load(`${WHOLE}user = "tern-agent"\n[runner.container]\nimage = "agent:1"\n`);
  await expect(both).rejects.toThrow('exclude each other');
});
