// By which variables the network is reached, and how a service keeps those of the shell that joined.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeDurably } from '@agentcom/schemas/host';
import type { World } from '../world.js';

const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const FILES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO'];
const NAMES = [...PROXIES.flatMap((name) => [name.toLowerCase(), name]), ...FILES];

/** Those that are set; files by their whole path. */
export function networkVariables({ env, cwd }: Pick<World, 'env' | 'cwd'>): Readonly<Record<string, string>> {
  const set = NAMES.flatMap((name): [string, string][] => {
    const value = env[name];
    // No such value spans lines, and none may begin another variable.
    if (value === undefined || value === '' || /[\r\n\0]/.test(value)) return [];
    return [[name, FILES.includes(name) ? resolve(cwd, value) : value]];
  });
  return Object.fromEntries(set);
}

/** Writes them into a file as systemd reads it, for its user alone: a proxy may have a password. What else is in it stays. */
export async function keepVariables(file: string, variables: Readonly<Record<string, string>>): Promise<void> {
  if (Object.keys(variables).length === 0) return;
  const before = await readFile(file, 'utf8').catch(() => '');
  const others = before.split('\n').filter((line) => !Object.hasOwn(variables, line.split('=')[0]?.trim() ?? ''));
  const lines = Object.entries(variables).map(([name, value]) => `${name}="${value.replace(/["\\$`]/g, '\\$&')}"`);
  await writeDurably(file, `${[...others.filter((line) => line !== ''), ...lines].join('\n')}\n`, 0o600);
}
