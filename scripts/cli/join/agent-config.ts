// The configuration of one agent on this machine: what was shared or there before, flags over it, and what belongs to it alone.

import type { SidecarSettings } from '@agentcom/schemas';
import { resolveSettings } from '@agentcom/schemas/settings';
import { compile } from '@agentcom/schemas/validate';
import { parse, stringify } from 'smol-toml';
import { CommandError, EXIT } from '../exit.js';
import type { Runners } from './choose-runner.js';

/** TOML as it was parsed. */
export type Table = Readonly<Record<string, unknown>>;

export interface Chosen {
  readonly runners: Runners;
  readonly argv: readonly string[];
  readonly capabilities: readonly string[];
  readonly repoRoot?: string;
  readonly inheritEnv?: boolean;
  readonly user?: string;
  readonly image?: string;
  readonly engine?: string;
  readonly insecure?: boolean;
  readonly author?: { readonly name: string; readonly address: string };
}

/** What belongs to one agent alone. */
export interface Own {
  readonly hub: string;
  readonly keyFile: string;
  readonly name: string;
  readonly stateDir: string;
  readonly repoRoot: string;
}

/** What may be set about repositories on this very machine. */
const LOCAL = ['directories', 'localHosts'] as const;

/**
 * For a hub on this machine, repositories on it are allowed too, unless the settings say something of them: whoever tries it out alone has
 * them here. It stands in the file, where it can be changed.
 */
export function withLocalRepositories(base: Table, isHubHere: boolean): Table {
  if (!isHubHere) return base;
  return { ...base, git: { ...Object.fromEntries(LOCAL.map((name) => [name, ['*']])), ...tableAt(base, 'git') } };
}

/** `base` with what was chosen over it. */
export function applyChoices(base: Table, { runners, argv, capabilities, ...more }: Chosen): Table {
  const { repoRoot, author, inheritEnv, user, image, engine, insecure } = more;
  const { also: _before, ...runner } = { ...tableAt(base, 'runner'), kind: runners.kind } as Record<string, unknown>;
  const container = {
    ...tableAt(runner, 'container'),
    ...(image !== undefined && { image }),
    ...(engine !== undefined && { engine }),
  };
  const git = {
    ...tableAt(base, 'git'),
    ...(author !== undefined && { authorName: author.name, authorEmail: author.address }),
  };
  return {
    ...base,
    capabilities: [...capabilities],
    ...(repoRoot !== undefined && { repoRoot }),
    ...(insecure !== undefined && { insecure }),
    runner: {
      ...runner,
      ...(runners.also.length > 0 && { also: [...runners.also] }),
      ...(argv.length > 0 && { argv: [...argv] }),
      ...(inheritEnv !== undefined && { inheritEnv }),
      ...(user !== undefined && { user }),
      ...(Object.keys(container).length > 0 && { container }),
    },
    ...(Object.keys(git).length > 0 && { git }),
  };
}

/** Every setting with its default, before there is an agent. Throws 64 naming each faulty one; `from` is where they come from. */
export function validateConfig(content: Table, from: string): SidecarSettings {
  const soon = { hub: 'http://127.0.0.1', keyFile: 'key', name: 'agent', stateDir: 'state', repoRoot: 'repos' };
  const sources = { file: { name: from, content: { ...soon, ...content } }, readFile: () => '' };
  const resolved = resolveSettings('sidecar', sources, compile);
  if (resolved.ok) return resolved.value;
  throw new CommandError(EXIT.usage, 'settings.invalid', "the agent's settings are not valid", {
    details: resolved.details,
  });
}

export function configText(content: Table, own: Own): string {
  const { hub, name } = own;
  const settings = { ...own, ...content, hub, name };
  return `# Agent ${name} of ${hub}, written by \`agentcom join\`. Run it with \`agentcom sidecar --config FILE\`.\n${stringify(settings)}\n`;
}

/** What a configuration says beside what belongs to its agent alone: the base for writing it anew. */
export function sharedSettings(text: string): Table {
  const { hub, keyFile, name, stateDir, ...rest } = parse(text);
  return rest;
}

/** `over` wins, setting by setting, also inside a section. */
export function mergeTables(under: Table, over: Table): Table {
  const result: Record<string, unknown> = { ...under, ...over };
  for (const name of Object.keys(over)) {
    const [above, below] = [over[name], under[name]];
    if (isTable(above) && isTable(below)) result[name] = { ...below, ...above };
  }
  return result;
}

export function tableAt(content: Table, name: string): Table {
  const value = content[name];
  return isTable(value) ? value : {};
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
