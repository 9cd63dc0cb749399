// Another user of this machine, as whom the programs of an attempt run: how it is looked up, how a program is started as it, and what
// is done in its name. Root switches by itself; any other user by a rule of sudo that allows `/bin/sh` as that user.

import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Kept in the files of a run: a later version of the sidecar reads them. */
export interface RunUser {
  readonly name: string;
  readonly uid: number;
  /** Its own group, which it shares with the sidecar's user at most. */
  readonly gid: number;
  readonly home: string;
  readonly via: 'setuid' | 'sudo';
}

export interface Start {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface SwitchedStart {
  readonly program: string;
  readonly args: readonly string[];
  readonly options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly uid?: number;
    readonly gid?: number;
  };
  /** What has to be written to its input before anything else. */
  readonly preface: string;
}

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;
/** For all files of a worktree, of which there may be very many. */
const HAND_OVER_MS = 5 * 60_000;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * sudo clears the environment, and its arguments are there for everybody to see: the variables come over the input, one in a line. What it
 * makes is open to its group, in which the sidecar's user is.
 */
const LAUNCH = `unset SUDO_USER SUDO_UID SUDO_GID SUDO_COMMAND
while IFS= read -r line && [ -n "$line" ]; do line=$(printf '%b.' "$line"); export "\${line%.}"; done
umask 007
cd "$1" || exit 126
shift
exec "$@"`;

/** A signal ($1) to whatever was started with a variable ($2) in its environment, and to the processes that follow; prints the former. */
const SIGNAL = `signal=$1 tag=$2
shift 2
for file in $(grep -lsFzx -e "$tag" /proc/[0-9]*/environ); do
  pid=\${file#/proc/}
  set -- "$@" "\${pid%/environ}"
  echo "\${pid%/environ}"
done
for pid in "$@"; do kill -s "$signal" "$pid" 2>/dev/null; done
exit 0`;

/** Opens to its group what it has closed: some tools make files that only their owner can read. */
const HAND_OVER = `find "$@" -user "$(id -un)" ! -type l \\( ! -perm -060 -o -type d ! -perm -070 \\) -exec chmod g+rwX {} + 2>/dev/null
exit 0`;

/** What keeps programs from running as a user or in a container, and what to do about it; in words for people. */
export interface Fault {
  readonly what: string;
  readonly remedy: string;
}

export function faultText({ what, remedy }: Fault): string {
  return `${what}: ${remedy}`;
}

/** Programs cannot run as this user. */
export class UnusableUser extends Error {
  override readonly name = 'UnusableUser';

  constructor(readonly fault: Fault) {
    super(faultText(fault));
  }
}

/** Rejects with `UnusableUser`. `name` has been checked to be a word. */
export async function findRunUser(name: string): Promise<RunUser> {
  const ask = async (program: string, ...args: string[]) => {
    const { stdout } = await run(program, args, { env: { PATH: SYSTEM_PATH }, timeout: TIMEOUT_MS });
    return stdout.trim();
  };
  let uid: number;
  try {
    uid = Number(await ask('id', '-u', name));
  } catch {
    throw new UnusableUser({
      what: `there is no user ${name} on this machine`,
      remedy: `create it, for example with useradd --create-home ${name}`,
    });
  }
  const own = process.getuid?.();
  if (uid === 0 || uid === own) {
    throw new UnusableUser({
      what: `${name} must be another user than root and the sidecar's own`,
      remedy: 'correct runner.user',
    });
  }
  const group = await ask('id', '-g', '-n', name);
  if (group !== name) {
    throw new UnusableUser({
      what: `the group of ${name} is ${group}, where others may be`,
      remedy: `give it one of its own, named ${name}`,
    });
  }
  const gid = Number(await ask('id', '-g', name));
  const home = await ask('/bin/sh', '-c', `printf %s ~${name}`);
  if (own !== 0 && process.getgroups?.().includes(gid) !== true) {
    throw new UnusableUser({
      what: `the sidecar's user is not in the group ${name}`,
      remedy: `add it with usermod --append --groups ${name} USER, and start the sidecar again`,
    });
  }
  return { name, uid, gid, home, via: own === 0 ? 'setuid' : 'sudo' };
}

/** How to start a program as that user; without one, as it is. */
export function asUser(user: RunUser | undefined, { argv, cwd, env }: Start): SwitchedStart {
  const [program = '', ...args] = argv;
  if (user === undefined) return { program, args, options: { cwd, env }, preface: '' };
  if (user.via === 'setuid') return { program, args, options: { cwd, env, uid: user.uid, gid: user.gid }, preface: '' };
  return {
    ...throughSudo(user, LAUNCH, [cwd, ...argv]),
    preface: `${Object.entries(env).map(variableLine).join('')}\n`,
  };
}

function variableLine([name, value]: readonly [string, string | undefined]): string {
  if (value === undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return '';
  return `${name}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`;
}

function throughSudo(user: RunUser, script: string, args: readonly string[]) {
  return {
    program: 'sudo',
    args: ['-n', '-u', user.name, '--', '/bin/sh', '-c', script, 'agentcom', ...args],
    options: { cwd: '/', env: { PATH: process.env.PATH ?? SYSTEM_PATH } },
  };
}

/** Runs a script of the shell as that user; rejects when it fails or takes too long. */
export async function shellAs(
  user: RunUser,
  script: string,
  args: readonly string[] = [],
  timeoutMs = TIMEOUT_MS,
): Promise<string> {
  const env = { PATH: SYSTEM_PATH, HOME: user.home };
  const started =
    user.via === 'sudo'
      ? throughSudo(user, script, args)
      : asUser(user, { argv: ['/bin/sh', '-c', script, 'agentcom', ...args], cwd: '/', env });
  const { stdout } = await run(started.program, [...started.args], { ...started.options, timeout: timeoutMs });
  return stdout.trim();
}

/** Signals processes of that user which the sidecar may neither signal nor look into; those that have the variable are found here. */
export function signalAs(user: RunUser, signal: NodeJS.Signals, variable: string, pids: readonly number[]): number[] {
  const name = signal.replace(/^SIG/, '');
  const { program, args, options } = throughSudo(user, SIGNAL, [name, variable, ...pids.map(String)]);
  try {
    const found = execFileSync(program, [...args], {
      ...options,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return found
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    // Then nobody can; what is left is said by whoever waits for its end.
    return [];
  }
}

/** Makes what that user has made below these directories accessible to its group. */
export async function handOver(user: RunUser, ...dirs: readonly string[]): Promise<void> {
  // Root needs nobody's leave.
  if (user.via === 'sudo' && dirs.length > 0) await shellAs(user, HAND_OVER, dirs, HAND_OVER_MS);
}

/** The sidecar's environment as that user would have it: without what leads into the home of another. */
export function environmentAs(
  user: RunUser | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  if (user === undefined) return env;
  const { XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_CACHE_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR, ...rest } = env;
  const { TMPDIR, GIT_CONFIG_GLOBAL, SSH_AUTH_SOCK, SSH_AGENT_PID, DBUS_SESSION_BUS_ADDRESS, GNUPGHOME, ...own } = rest;
  return { ...own, HOME: user.home, USER: user.name, LOGNAME: user.name };
}
