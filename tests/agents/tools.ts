// The tools that are tried, and how each is made to talk to the fake model: the rest of its configuration is what the runner gives it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunnerKind } from '@agentcom/schemas';
import type { TokenUse } from './fake-model/scenario.js';
import type { InstalledTool, InstalledTools } from './install.js';

export interface Tool {
  /** As people call it, for the table. */
  readonly title: string;
  readonly kind: RunnerKind;
  readonly installed: InstalledTool;
  readonly model: string;
  /** What a request costs that uses so much, in micros. */
  costOf(use: TokenUse): number;
  /** Where it keeps its sessions, below the home directory. */
  readonly sessions: readonly string[];
  /** Makes the tool use the model at this address, and returns the variables it needs for that. */
  configure(home: string, url: string): Readonly<Record<string, string>>;
  /** Signs an account in, below the home directory: its directory gets this key or token. Absent for tools that are not tried with several. */
  signIn?(dir: string, key: string, url: string): void;
  readonly extraArgs?: readonly string[];
  /** Whether it says when a limit ends. */
  readonly saysReset: boolean;
  readonly asksApproval: boolean;
  readonly hasGateway: boolean;
  /** Whether it says what it uses before a turn is over; without that, nothing ends a turn that costs too much. */
  readonly countsMeanwhile: boolean;
  /** It takes no MCP server from a configuration below a directory that everybody may write to, as that of the tests is. */
  readonly asksBy: 'mcp' | 'command';
}

const CLAUDE = {
  kind: 'claude',
  sessions: ['.claude/projects'],
  // As somebody with a subscription: only they are told when a limit ends.
  configure: (_home: string, url: string) => ({
    ANTHROPIC_BASE_URL: url,
    CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-this-is-no-real-token',
  }),
  signIn: (dir: string, key: string) => {
    const claudeAiOauth = {
      ...{ accessToken: `sk-ant-oat01-${key}`, refreshToken: 'none', expiresAt: Date.now() + 24 * 3_600_000 },
      ...{ scopes: ['user:inference', 'user:profile'], subscriptionType: 'max' },
    };
    write(dir, '.credentials.json', JSON.stringify({ claudeAiOauth }));
  },
  saysReset: true,
  asksApproval: true,
  hasGateway: true,
  countsMeanwhile: true,
  asksBy: 'mcp',
} as const;

/** At these prices for a million tokens of fresh input, cached input and output. */
function cost(input: number, cached: number, output: number): Tool['costOf'] {
  return (use) => use.input * input + use.cached * cached + use.output * output;
}

export function toolsOf(installed: InstalledTools): readonly Tool[] {
  return [
    {
      ...CLAUDE,
      title: 'Claude Code',
      installed: installed.claude,
      model: 'claude-opus-4-5',
      costOf: cost(5, 0.5, 25),
    },
    {
      ...CLAUDE,
      title: 'Claude Code, older',
      installed: installed['claude-older'],
      model: 'claude-opus-4-5',
      costOf: cost(5, 0.5, 25),
    },
    {
      title: 'Codex',
      kind: 'codex',
      sessions: ['.codex/sessions', '.codex/state_5.sqlite'],
      installed: installed.codex,
      model: 'gpt-5-codex',
      costOf: cost(1.25, 0.125, 10),
      configure: (home, url) => {
        const provider = `name = "Fake"\nbase_url = "${url}/v1"\nwire_api = "responses"\nenv_key = "CODEX_API_KEY"\n`;
        write(home, '.codex/config.toml', `model_provider = "fake"\n[model_providers.fake]\n${provider}`);
        return { CODEX_API_KEY: 'no-real-key' };
      },
      signIn: (dir, key, url) => {
        const provider = `name = "Fake"\nbase_url = "${url}/v1"\nwire_api = "responses"\nrequires_openai_auth = true\n`;
        write(dir, 'config.toml', `model_provider = "fake"\n[model_providers.fake]\n${provider}`);
        write(dir, 'auth.json', JSON.stringify({ OPENAI_API_KEY: key }));
      },
      // The tests work below the directory for temporary files, to which its sandbox lets everything be written otherwise.
      extraArgs: ['exclude_slash_tmp', 'exclude_tmpdir_env_var'].flatMap((name) => [
        ...['-c', `sandbox_workspace_write.${name}=true`],
      ]),
      saysReset: true,
      asksApproval: false,
      hasGateway: true,
      countsMeanwhile: true,
      asksBy: 'mcp',
    },
    {
      title: 'OpenCode',
      kind: 'opencode',
      sessions: ['.local/share/opencode'],
      installed: installed.opencode,
      model: 'fake/m1',
      costOf: cost(3, 0.3, 15),
      configure: (home, url) => {
        writeOpenCodeConfig(home, { baseURL: `${url}/v1`, apiKey: 'no-real-key' });
        return {};
      },
      signIn: (dir, key, url) => {
        // A key there would count before that of the account.
        writeOpenCodeConfig(dirname(dir), { baseURL: `${url}/v1` });
        write(dir, 'opencode/auth.json', JSON.stringify({ fake: { type: 'api', key } }));
      },
      saysReset: false,
      asksApproval: false,
      hasGateway: true,
      countsMeanwhile: true,
      asksBy: 'mcp',
    },
    {
      title: 'Gemini CLI',
      kind: 'gemini',
      sessions: ['.gemini/tmp'],
      installed: installed.gemini,
      model: 'gemini-3.1-pro-preview',
      costOf: cost(2, 0.2, 12),
      configure: (home, url) => {
        const settings = { security: { auth: { selectedType: 'gemini-api-key' } } };
        write(home, '.gemini/settings.json', JSON.stringify(settings));
        return { GEMINI_API_KEY: 'no-real-key', GOOGLE_GEMINI_BASE_URL: url };
      },
      saysReset: false,
      asksApproval: false,
      hasGateway: false,
      countsMeanwhile: false,
      asksBy: 'command',
    },
  ];
}

function writeOpenCodeConfig(home: string, options: Readonly<Record<string, string>>): void {
  const m1 = {
    name: 'M1',
    cost: { input: 3, output: 15, cache_read: 0.3 },
    limit: { context: 200_000, output: 8000 },
  };
  const fake = { npm: '@ai-sdk/openai-compatible', name: 'Fake', options, models: { m1 } };
  write(home, '.config/opencode/opencode.json', JSON.stringify({ provider: { fake } }));
}

function write(home: string, name: string, text: string): void {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
