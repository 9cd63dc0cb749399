// Which variables of the shell that installs a service it is to have, and how they are kept for it.

import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { writeDurably } from '@agentcom/schemas/host';
import { settingsOf } from '@agentcom/schemas/settings';
import type { World } from '../world.js';

const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const FILES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO'];
const NETWORK = [...PROXIES.flatMap((name) => [name.toLowerCase(), name]), ...FILES];
/** Where traces go, and how, for OpenTelemetry; a token may be in them. */
const TRACING = /^OTEL_\w+$/;
/** Of those, the names of files. */
const TRACING_FILE = /_(?:CERTIFICATE|CLIENT_KEY)$/;
/** What the service manager sets, or the service itself has. */
const OF_MANAGER = ['PATH', 'HOME', 'USER', 'LOGNAME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];
/** Where a hub finds its file with settings, and the nats-server that was set up. */
const PLACES = ['XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'AGENTCOM_CACHE_DIR'];
const HUB_DIRECTORIES = ['backupDir', 'backupKeyFile', 'natsServer'];

type Variables = Readonly<Record<string, string>>;

/** What a sidecar started in this shell would find: proxies and certificates, and where traces go. */
export function sidecarVariables(world: Pick<World, 'env' | 'cwd'>): Variables {
  const tracing = tracingIn(world);
  return Object.fromEntries(setIn(world, [...NETWORK, ...tracing], [...FILES, ...tracing.filter(isTracingFile)]));
}

/** What git finds in the environment of a service that is installed from this shell. */
export function serviceEnvironment(world: Pick<World, 'env' | 'cwd'>): Variables {
  return Object.fromEntries(setIn(world, [...OF_MANAGER, ...NETWORK], FILES));
}

/** Everything that a hub started in this shell would read, but for its data directory, which its service is told. */
export function hubVariables(world: Pick<World, 'env' | 'cwd' | 'home'>): Variables {
  const settings = settingsOf('hub').filter(({ key }) => key !== 'dataDir');
  const secretFiles = settings.filter(({ secret }) => secret).map(({ variable }) => `${variable}_FILE`);
  const paths = settings.filter(({ key }) => HUB_DIRECTORIES.includes(key)).map(({ variable }) => variable);
  const tracing = tracingIn(world);
  const names = [...NETWORK, ...tracing, ...PLACES, ...settings.map(({ variable }) => variable), ...secretFiles];
  const home = world.home === userInfo().homedir ? {} : { HOME: world.home };
  const files = [...FILES, ...tracing.filter(isTracingFile), ...PLACES, ...paths, ...secretFiles];
  return { ...home, ...Object.fromEntries(setIn(world, names, files)) };
}

function tracingIn({ env }: Pick<World, 'env'>): readonly string[] {
  return Object.keys(env)
    .filter((name) => TRACING.test(name))
    .sort();
}

function isTracingFile(name: string): boolean {
  return TRACING_FILE.test(name);
}

/** Those that are set; `paths` as whole ones. */
function setIn(
  { env, cwd }: Pick<World, 'env' | 'cwd'>,
  names: readonly string[],
  paths: readonly string[],
): readonly (readonly [string, string])[] {
  return names.flatMap((name): [string, string][] => {
    const value = env[name];
    // No such value spans lines, and none may begin another variable.
    if (value === undefined || value === '' || /[\r\n\0]/.test(value)) return [];
    return [[name, paths.includes(name) ? resolve(cwd, value) : value]];
  });
}

/** Writes them into a file as systemd reads it, for its user alone: a proxy may have a password. What else is in it stays. */
export async function keepVariables(file: string, variables: Variables): Promise<void> {
  if (Object.keys(variables).length === 0) return;
  const before = await readFile(file, 'utf8').catch(() => '');
  const others = before
    .split('\n')
    .filter((line) => line !== '' && !Object.hasOwn(variables, line.split('=')[0]?.trim() ?? ''));
  await writeDurably(file, `${others.map((line) => `${line}\n`).join('')}${variablesText(variables)}`, 0o600);
}

export function variablesText(variables: Variables): string {
  const lines = Object.entries(variables).map(([name, value]) => `${name}="${value.replace(/["\\$`]/g, '\\$&')}"\n`);
  return lines.join('');
}
