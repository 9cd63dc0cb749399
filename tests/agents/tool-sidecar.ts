// A sidecar that runs a real tool, on a machine of its own as far as the tool can see: a home directory, its configuration, and a fake model.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubApi } from '../support/api.js';
import type { Child } from '../support/child.js';
import { CLI } from '../support/cli.js';
import type { Hub } from '../support/hub.js';
import type { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';
import type { Tool } from './tools.js';

const CONNECT_TIMEOUT_MS = 30_000;

export interface ToolAgent {
  readonly tool: Tool;
  readonly name: string;
  /** Everything of it is below, with short names for its Unix sockets. */
  readonly dir: string;
  /** What is started as the tool. */
  readonly program: string;
  readonly modelUrl: string;
  /** More settings of `[runner]`, as TOML. */
  readonly runner: readonly string[];
}

/** Enrols the agent and starts its sidecar; done when that is connected. */
export async function startToolSidecar(sandbox: Sandbox, hub: Hub, agent: ToolAgent): Promise<Child> {
  const home = join(agent.dir, 'home');
  mkdirSync(home, { recursive: true });
  const config = await configOf(hub, agent);
  const env = { ...ownEnv(home), ...agent.tool.configure(home, agent.modelUrl) };
  const sidecar = sandbox.run(process.execPath, [CLI, 'sidecar', '--config', config], { env });
  await connected(hub.api, agent.name, sidecar);
  return sidecar;
}

async function configOf(hub: Hub, { tool, name, dir, program, runner }: ToolAgent): Promise<string> {
  const { key } = await hub.api.enrol(name);
  writeFileSync(join(dir, 'key'), `${key}\n`, { mode: 0o600 });
  const text = JSON.stringify;
  const lines = [
    `hub = ${text(hub.url)}`,
    `keyFile = ${text(join(dir, 'key'))}`,
    `name = ${text(name)}`,
    `stateDir = ${text(join(dir, 'state'))}`,
    `repoRoot = ${text(join(dir, 'repos'))}`,
    '[git]',
    "directories = ['*']",
    '[runner]',
    `kind = ${text(tool.kind)}`,
    `program = ${text(program)}`,
    `model = ${text(tool.model)}`,
    ...(tool.extraArgs === undefined ? [] : [`extraArgs = ${text(tool.extraArgs)}`]),
    'stopGraceSeconds = 5',
    'finalGraceSeconds = 5',
    ...runner,
  ];
  writeFileSync(join(dir, 'sidecar.toml'), `${lines.join('\n')}\n`);
  return join(dir, 'sidecar.toml');
}

/** Nothing of the person who runs the tests: neither where they keep what, nor who they are to a provider. */
function ownEnv(home: string): Record<string, string | undefined> {
  const foreign = Object.keys(process.env).filter((name) =>
    /^(XDG_|CLAUDE|ANTHROPIC|CODEX|OPENAI|OPENCODE|GEMINI|GOOGLE)/.test(name),
  );
  return { ...Object.fromEntries(foreign.map((name) => [name, undefined])), HOME: home };
}

async function connected(api: HubApi, name: string, sidecar: Child): Promise<void> {
  await eventually(`the sidecar of ${name} at the hub`, CONNECT_TIMEOUT_MS, async () => {
    if (sidecar.hasEnded) throw new Error(sidecar.tail);
    return (await api.agent(name)).connected || undefined;
  });
}
