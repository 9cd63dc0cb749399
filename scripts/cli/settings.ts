// Where a command finds its settings: flags, then AGENTCOM_*, then a TOML file in the user's configuration folder, then defaults.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ClientSettings, HubSettings, Program, SettingsOf } from '@agentcom/schemas';
import { readBounded } from '@agentcom/schemas/host/bounded-file';
import { isLoopback as isLoopbackUrl } from '@agentcom/schemas/host/network/proxy';
import { KEY_TEXT } from '@agentcom/schemas/key-text';
import { ADDRESS_FILE } from '@agentcom/schemas/names';
import { quickCheck } from '@agentcom/schemas/quick-check';
import { resolveSettings, settingsOf } from '@agentcom/schemas/settings';
import { currentContext } from './contexts.js';
import { CommandError, codeOf, EXIT, messageOf, usageError } from './exit.js';
import type { World } from './world.js';

export type { ClientSettings };

type Places = Pick<World, 'env' | 'home' | 'cwd'>;

/** Variables of the command itself that are no settings of a program. */
const OWN_VARIABLES: ReadonlySet<string> = new Set(['AGENTCOM_KEY', 'AGENTCOM_CACHE_DIR']);

/** The environment as the settings of programs are read from it. */
export function settingsEnv({ env }: Places): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_VARIABLES.has(name)));
}

/** Where a hub and the agents of this user keep what is theirs, unless told otherwise. */
export function defaultDataDir({ env, home, cwd }: Places): string {
  const named = env.AGENTCOM_DATA_DIR;
  if (named) return resolve(cwd, named);
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'agentcom');
}

export function configDir({ env, home }: Places): string {
  return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'agentcom');
}

export interface FileChoice {
  /** Named by the user: must be there. */
  readonly named?: string;
  /** Taken when it is there. */
  readonly usual: string;
}

/** Settings of a program, all paths still as they were given. Throws 64 naming every faulty one. */
export async function programSettings<P extends Program>(
  program: P,
  places: Places,
  flags: Readonly<Record<string, unknown>>,
  file: FileChoice,
): Promise<SettingsOf<P>> {
  const content = await tomlFile(file, places.cwd);
  const sources = {
    flags,
    env: settingsEnv(places),
    ...(content !== undefined && { file: content }),
    readFile: (path: string) => readBounded(resolve(places.cwd, path)).toString('utf8'),
  };
  // Every short command reads the client's settings, and would spend a third of its time on loading the full validator.
  if (program === 'client') {
    const quick = resolveSettings(program, sources, quickCheck);
    if (quick.ok) return quick.value;
  }
  const { compile } = await import('@agentcom/schemas/validate');
  const resolved = resolveSettings(program, sources, compile);
  if (resolved.ok) return resolved.value;
  throw new CommandError(EXIT.usage, 'settings.invalid', 'the settings are not valid', {
    details: resolved.details,
    remedy: 'Settings come from flags, then AGENTCOM_* variables, then the TOML file, then defaults.',
  });
}

export interface ClientFlags {
  readonly hub?: string;
  readonly keyFile?: string;
}

export async function clientSettings(places: Places, flags: ClientFlags): Promise<ClientSettings> {
  const context = flags.hub === undefined && !places.env.AGENTCOM_HUB ? await currentContext(places) : undefined;
  const hasOwnKey = flags.keyFile !== undefined || places.env.AGENTCOM_KEY_FILE || places.env.AGENTCOM_KEY;
  const given = {
    hub: flags.hub ?? context?.hub,
    keyFile: flags.keyFile ?? (hasOwnKey ? undefined : context?.keyFile),
  };
  const named = given.hub ?? places.env.AGENTCOM_HUB;
  if (named) checkAddress(named);
  const settings = await programSettings('client', places, given, { usual: join(configDir(places), 'client.toml') });
  checkAddress(settings.hub);
  return { ...settings, hub: settings.hub.replace(/\/+$/, '') };
}

const SCHEME = /^https?:\/\//i;

/** Throws 64 with the address that was probably meant. */
function checkAddress(given: string): void {
  if (SCHEME.test(given) && URL.canParse(given)) return;
  throw usageError(`${given.replace(/[^/@]*@/, '')} is not a valid hub address`, addressRemedy(given));
}

function addressRemedy(given: string): string {
  const url = `http://${given}`;
  if (!/:\/\/|@/.test(given) && URL.canParse(url)) {
    const { hostname } = new URL(url);
    const isNumeric = /^[\d.]+$|^\[/.test(hostname);
    return `Did you mean ${isNumeric || isLoopback(url) ? url : `https://${given}`}?`;
  }
  const form = 'Write it as http://HOST:PORT or https://HOST';
  return /:.*:/.test(given.replace(SCHEME, ''))
    ? `${form}, an IPv6 address in brackets and without a zone.`
    : `${form}.`;
}

/** Where a hub is looked for when nobody says. */
export function usualHub(): string {
  return String(settingsOf('client').find(({ key }) => key === 'hub')?.byDefault);
}

/**
 * Settings of a hub on this machine; directories are absolute. `usual` stands in where a setting is given nowhere: what a
 * command prefers to the default that every program shares.
 */
export async function hubSettings(
  places: Places,
  flags: Readonly<Record<string, unknown>>,
  usual: Readonly<Record<string, unknown>>,
  named?: string,
): Promise<HubSettings> {
  const file = { usual: join(configDir(places), 'hub.toml'), ...(named !== undefined && { named }) };
  const content = (await tomlFile(file, places.cwd))?.content;
  const chosen = { ...flags };
  for (const { key, variable } of settingsOf('hub')) {
    if (flags[key] === undefined && !places.env[variable] && content?.[key] === undefined) chosen[key] = usual[key];
  }
  const settings = await programSettings('hub', places, chosen, file);
  if (settings.host.includes('%'))
    throw usageError(
      `the hub cannot listen on ${settings.host}: URLs cannot contain an address with a zone`,
      'Listen on :: and reach the hub by a name or another address of this machine.',
    );
  return {
    ...settings,
    host: settings.host.replace(/^\[(.*)\]$/, '$1'),
    dataDir: resolve(places.cwd, settings.dataDir),
    ...(settings.backupDir !== undefined && { backupDir: resolve(places.cwd, settings.backupDir) }),
    ...(settings.backupKeyFile !== undefined && { backupKeyFile: resolve(places.cwd, settings.backupKeyFile) }),
    ...(isDirectory(settings.backupOffSite) && { backupOffSite: resolve(places.cwd, settings.backupOffSite) }),
    ...(settings.tlsCert !== undefined && { tlsCert: resolve(places.cwd, settings.tlsCert) }),
    ...(settings.tlsKey !== undefined && { tlsKey: resolve(places.cwd, settings.tlsKey) }),
  };
}

/** And not the address of a bucket. */
export function isDirectory(place: string | undefined): place is string {
  return place !== undefined && !place.includes('://');
}

export interface HubKey {
  readonly key: string;
  /** Where it was found. */
  readonly from: string;
}

/**
 * The caller's key for `settings.hub`: --key-file, else AGENTCOM_KEY or AGENTCOM_KEY_FILE, else that of client.toml, else the owner's
 * key of the hub of this machine, at one of its addresses. A key that is kept with another hub's address is not sent to this one. Throws 77.
 */
export async function keyFor(places: Places, flags: ClientFlags, settings: ClientSettings): Promise<HubKey> {
  const { hub } = settings;
  const inFile = (file: string) => resolve(places.cwd, file);
  const read = async (file: string): Promise<HubKey> => ({ key: await readKey(file), from: file });
  if (flags.keyFile !== undefined) return read(inFile(flags.keyFile));
  const { AGENTCOM_KEY: key, AGENTCOM_KEY_FILE: keyFile, AGENTCOM_HUB: hubOfEnv } = places.env;
  const others: string[] = [];
  let localHub: string | undefined;
  if (key || keyFile) {
    const from = key ? 'AGENTCOM_KEY' : 'AGENTCOM_KEY_FILE';
    if (!hubOfEnv || isSameHub(hubOfEnv, hub))
      return key ? { key: checkedKey(key.trim(), from), from } : read(inFile(keyFile ?? ''));
    others.push(`${from} belongs to ${hubOfEnv} (AGENTCOM_HUB)`);
  } else if (settings.keyFile !== undefined) {
    const { hub: hubOfFile } = await clientSettings({ ...places, env: { ...places.env, AGENTCOM_HUB: undefined } }, {});
    if (isSameHub(hubOfFile, hub)) return read(inFile(settings.keyFile));
    others.push(`the key in client.toml belongs to ${hubOfFile}`);
  }
  const dataDir = defaultDataDir(places);
  const owner = join(dataDir, OWNER_KEY);
  const addresses = await addressesOf(dataDir);
  const isIts = addresses.some((address) => isSameHub(address, hub));
  if (isIts || (isLoopback(hub) && addresses.length === 0))
    try {
      return { key: await readKey(owner, OWNER_KEY_REMEDY), from: owner };
    } catch (error) {
      if (others.length === 0) throw error;
      others.push(messageOf(error));
    }
  else if (isLoopback(hub)) {
    others.push(`${owner} belongs to the hub at ${addresses[0]}`);
    localHub = addresses[0];
  }
  const because = others.length === 0 ? '' : ` (${others.join('; ')})`;
  const instead = localHub === undefined ? '' : `, or talk to the hub of this machine with --hub ${localHub}`;
  throw new CommandError(EXIT.notAllowed, 'auth.missing', `no key was given for ${hub}${because}`, {
    remedy: `Give the key for this hub with --key-file${instead}. A key is only ever sent to the hub it belongs to.`,
  });
}

const OWNER_KEY = 'owner.key';
/** A key is 46; it may have blank lines around it. */
const KEY_FILE_BYTES_MAX = 4096;
const OWNER_KEY_REMEDY =
  'Start a hub here with `agentcom up`, which creates it, or give --key-file, AGENTCOM_KEY_FILE or AGENTCOM_KEY.';

/** Where the hub with this data directory is reached, or was when it last ran; none when it has never run. */
async function addressesOf(dataDir: string): Promise<readonly string[]> {
  const text = await readFile(join(dataDir, ADDRESS_FILE), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => URL.canParse(line));
}

/** All names of this machine are one. */
function isSameHub(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  if (isLoopbackUrl(a) && isLoopbackUrl(b)) return a.protocol === b.protocol && a.port === b.port;
  return a.origin === b.origin && a.pathname.replace(/\/+$/, '') === b.pathname.replace(/\/+$/, '');
}

/** The key in a file. Throws 77, with this remedy when there is none. */
export async function readKey(
  path: string,
  remedy = 'Give another file with --key-file or AGENTCOM_KEY_FILE.',
): Promise<string> {
  let text: string;
  try {
    text = readBounded(path, KEY_FILE_BYTES_MAX).toString('utf8');
  } catch (cause) {
    throw new CommandError(EXIT.notAllowed, 'auth.missing', `cannot read a key from ${path} (${codeOf(cause)})`, {
      remedy,
      cause,
    });
  }
  return checkedKey(text.trim(), path);
}

function checkedKey(key: string, from: string): string {
  if (KEY_TEXT.test(key)) return key;
  throw new CommandError(EXIT.notAllowed, 'auth.invalid', `${from} does not contain a key`, {
    remedy: 'A key is one line: ac_ followed by 43 letters, digits, - or _.',
  });
}

/** Whether an address means this machine, so that nothing said to it is seen by others. */
export function isLoopback(hub: string): boolean {
  return isLoopbackUrl(new URL(hub));
}

interface TomlContent {
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
}

async function tomlFile({ named, usual }: FileChoice, cwd: string): Promise<TomlContent | undefined> {
  const path = named === undefined ? usual : resolve(cwd, named);
  let text: string;
  try {
    text = readBounded(path).toString('utf8');
  } catch (cause) {
    if (named === undefined && codeOf(cause) === 'ENOENT') return undefined;
    throw new CommandError(EXIT.usage, 'settings.unreadable', `${path} cannot be read (${codeOf(cause)})`, { cause });
  }
  const { parse, TomlError } = await import('smol-toml');
  try {
    return { name: path, content: parse(text) };
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const message = `${path} is not TOML: ${messageOf(cause).split('\n')[0]} (line ${cause.line}, column ${cause.column})`;
    throw new CommandError(EXIT.usage, 'settings.invalid', message, { cause });
  }
}
