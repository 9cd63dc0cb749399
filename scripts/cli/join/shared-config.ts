// `--config-from`: what the agents of several machines have in common, from one file or address. What belongs to one machine only,
// its key first of all, is refused in it.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBounded } from '@agentcom/schemas/host';
import { exchange, textOf } from '@agentcom/schemas/host/network/http-exchange';
import { parse, TomlError } from 'smol-toml';
import { CommandError, codeOf, EXIT, messageOf, usageError } from '../exit.js';
import { isLoopback } from '../settings.js';
import type { World } from '../world.js';
import type { Table } from './agent-config.js';

const FETCH_TIMEOUT_MS = 15_000;
const BYTES_MAX = 64 * 1024;
const OF_ONE_MACHINE = ['hub', 'keyFile', 'name', 'stateDir'] as const;

/** The settings in a file or at an https address. Throws 64 naming what is wrong. */
export async function sharedConfig(from: string, { cwd, env }: Pick<World, 'cwd' | 'env'>): Promise<Table> {
  const text = /^https?:/i.test(from) ? await fetchConfig(from, env) : await readText(from, cwd);
  const content = parseConfig(text, from);
  const own = OF_ONE_MACHINE.filter((name) => Object.hasOwn(content, name));
  if (own.length === 0) return content;
  throw new CommandError(EXIT.usage, 'settings.invalid', `${from} cannot be shared`, {
    details: own.map((path) => ({ path, message: 'belongs to a single machine' })),
    remedy: 'Remove these settings: `agentcom join` writes them itself.',
  });
}

async function fetchConfig(url: string, env: World['env']): Promise<string> {
  if (!URL.canParse(url)) throw usageError(`${url} is not a URL`);
  if (/^http:/i.test(url) && !isLoopback(url)) {
    throw usageError(
      `${url} is not encrypted, but decides what runs on this machine`,
      'Use an https:// URL or a file.',
    );
  }
  try {
    const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
    const { status, body } = await exchange({ method: 'GET', url, headers: {}, signal, env });
    if (status !== 200) throw new Error(`status ${status}`);
    return await textOf(body, BYTES_MAX);
  } catch (cause) {
    const { networkFault } = await import('@agentcom/schemas/host/network/fault');
    const fault = networkFault(cause, url);
    throw new CommandError(
      EXIT.usage,
      'settings.unreadable',
      `${url} cannot be read (${fault?.what ?? messageOf(cause)})`,
      {
        cause,
        ...(fault !== undefined && { remedy: fault.remedy }),
      },
    );
  }
}

function readText(file: string, cwd: string): string {
  const path = /^file:/i.test(file) ? fileURLToPath(file) : resolve(cwd, file);
  try {
    return readBounded(path, BYTES_MAX).toString('utf8');
  } catch (cause) {
    const message = `${path} cannot be read (${codeOf(cause)})`;
    throw new CommandError(EXIT.usage, 'settings.unreadable', message, { cause });
  }
}

function parseConfig(text: string, from: string): Table {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const message = `${from} is not TOML: ${messageOf(cause).split('\n')[0]} (line ${cause.line}, column ${cause.column})`;
    throw new CommandError(EXIT.usage, 'settings.invalid', message, { cause });
  }
}
