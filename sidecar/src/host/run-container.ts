// A container for each program of an attempt, by podman or docker: what is mounted into it, how it is started, and how those of an attempt
// are removed, also after a crash. The engine's own program runs as this user; what is in the container is known by its label alone.

import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import type { Fault, Start, SwitchedStart } from './run-user.js';

export interface Mount {
  readonly path: string;
  readonly isReadOnly: boolean;
}

/** Enough to find the containers of an attempt. Kept in the files of a run: a later version of the sidecar reads them. */
export interface ContainerMark {
  readonly engine: string;
  readonly label: string;
  /** Of the engine's own program. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RunContainer extends ContainerMark {
  readonly image: string;
  /** The engine's own default when not given. */
  readonly network?: string;
  /** After all others, so that they win. */
  readonly args: readonly string[];
  /** At the same paths as outside. */
  readonly mounts: readonly Mount[];
  /** The first in the PATH. */
  readonly binDir: string;
}

const run = promisify(execFile);
const TIMEOUT_MS = 30_000;
/** By which the engine says that it could not start a container at all. */
export const ENGINE_FAILED = 125;

/** What the engine needs of the sidecar's environment, and what has another meaning in the container. */
const ENGINE_VARIABLES = [
  ...['PATH', 'HOME', 'TMPDIR', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME'],
  ...['CONTAINER_HOST', 'DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DBUS_SESSION_BUS_ADDRESS'],
] as const;
const OF_THE_MACHINE: ReadonlySet<string> = new Set([
  ...ENGINE_VARIABLES,
  ...['USER', 'LOGNAME', 'SHELL', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'GIT_CONFIG_GLOBAL', 'SSH_AUTH_SOCK'],
]);

const BEGIN = 'PATH=$1:$PATH; export PATH; shift; mkdir -p "$HOME"; exec "$@"';

export function engineEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    ENGINE_VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name] ?? '']])),
  );
}

/** How to start a program in a container. Variables are named alone, since arguments are there for everybody to see. */
export function inContainer(container: RunContainer, { argv, cwd, env }: Start): SwitchedStart {
  const names = Object.keys(env).filter((name) => env[name] !== undefined && !OF_THE_MACHINE.has(name));
  const args = [
    ...['run', '--rm', '--interactive', '--label', container.label, '--workdir', cwd],
    ...userArgs(container.engine),
    ...(container.network === undefined ? [] : ['--network', container.network]),
    ...container.mounts.flatMap(({ path, isReadOnly }) => ['--mount', mountOf(path, isReadOnly)]),
    ...['--env', 'HOME=/tmp/agent'],
    ...names.flatMap((name) => ['--env', name]),
    ...['--entrypoint', '/bin/sh'],
    ...container.args,
    ...[container.image, '-c', BEGIN, 'agentcom', container.binDir, ...argv],
  ];
  return { program: container.engine, args, options: { cwd: '/', env: { ...env, ...container.env } }, preface: '' };
}

/** What the agent makes is this user's outside. */
function userArgs(engine: string): readonly string[] {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
  if (uid === 0) return [];
  return basename(engine).startsWith('docker') ? ['--user', `${uid}:${gid}`] : ['--userns=keep-id'];
}

function mountOf(path: string, isReadOnly: boolean): string {
  if (/[,"]/.test(path)) throw new Error(`a container cannot get ${path}: its name has a comma or a quote`);
  return `type=bind,source=${path},target=${path}${isReadOnly ? ',readonly' : ''}`;
}

/** Ends and removes all that have the label. Rejects when the engine cannot be asked. */
export async function removeContainers({ engine, label, env }: ContainerMark): Promise<void> {
  const ask = async (...args: string[]) => (await run(engine, args, { env, timeout: TIMEOUT_MS })).stdout;
  const ids = (await ask('ps', '--all', '--quiet', '--filter', `label=${label}`)).split('\n').filter((id) => id !== '');
  if (ids.length > 0) await ask('rm', '--force', ...ids);
}

/** Undefined when the image can be used. */
export async function whyNoContainer(
  { engine, image }: { readonly engine: string; readonly image: string },
  env: Readonly<Record<string, string | undefined>>,
): Promise<Fault | undefined> {
  try {
    await run(engine, ['image', 'inspect', '--format', 'x', image], {
      env: engineEnvironment(env),
      timeout: TIMEOUT_MS,
    });
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string };
    if (typeof code === 'string') {
      return {
        what: `${engine} cannot be started (${code})`,
        remedy: 'install it, or correct runner.container.engine',
      };
    }
    const said = (stderr ?? '').trim().split('\n').at(-1) ?? '';
    return {
      what: `the image ${image} cannot be used (${said})`,
      remedy: `fetch it with ${basename(engine)} pull ${image}, or correct runner.container.image`,
    };
  }
}
