// Opens a file or directory with a lock that the kernel holds (`flock`): it lasts as long as the file is open, here or in a process that was given it,
// and is gone the moment the last of them is. Node has no call for it. macOS takes the lock when it opens; elsewhere a program takes
// it on the file we have opened: a lock of this kind belongs to the open file and not to the process that asked for it.

import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './error-code.js';

const TIMEOUT_MS = 10_000;
const STDERR_CHARS = 500;

const PERL = 'open(my $file, "<&=", 3) or die $!; exit 0 if flock($file, shift); exit 1 if $!{EWOULDBLOCK}; die $!';
/** Each locks its file descriptor 3, at once or when it is free. It ends with 0 when it has; with 1 and without a word when another open file has the lock. */
const PROGRAMS = [
  { program: 'flock', atOnce: ['-n', '-x', '3'], whenFree: ['-x', '3'] },
  { program: 'perl', atOnce: ['-e', PERL, '6'], whenFree: ['-e', PERL, '2'] },
] as const;
/** Where these programs are, whatever the PATH of a service says. */
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';
/** Of macOS. Node does not name them; the system takes what it is given. */
const O_EXLOCK = 0x20;
const POLL_MS = 100;

/** The lock cannot be taken, whoever has it: the file system has no locks, or the machine no program for it. */
export class CannotLock extends Error {
  override readonly name = 'CannotLock';
}

/**
 * The open file; undefined when somebody else has the lock. Close it to give the lock back. With `wait` it is waited for, until that
 * signal fires: then this rejects with its reason.
 */
export async function openLocked(path: string, flags: number, wait?: AbortSignal): Promise<number | undefined> {
  wait?.throwIfAborted();
  if (process.platform === 'darwin') return openWithLock(path, flags, wait);
  const file = openSync(path, flags, 0o600);
  try {
    if (await takeLock(file, path, wait)) return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
  closeSync(file);
  return undefined;
}

async function openWithLock(path: string, flags: number, wait?: AbortSignal): Promise<number | undefined> {
  for (;;) {
    try {
      return openSync(path, flags | O_EXLOCK | constants.O_NONBLOCK, 0o600);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EOPNOTSUPP' || code === 'ENOTSUP') throw noLocks(path, code, error);
      if (code !== 'EAGAIN') throw error;
    }
    if (wait === undefined) return undefined;
    await sleep(POLL_MS, undefined, { signal: wait }).catch(() => wait.throwIfAborted());
  }
}

async function takeLock(file: number, path: string, wait?: AbortSignal): Promise<boolean> {
  for (const { program, atOnce, whenFree } of PROGRAMS) {
    const end = await run(program, wait === undefined ? atOnce : whenFree, file, wait);
    wait?.throwIfAborted();
    if (end === undefined) continue;
    if (end.code === 0) return true;
    if (end.code === 1 && end.stderr === '') return false;
    throw noLocks(path, end.stderr === '' ? `${program} exited with ${end.code}` : end.stderr);
  }
  throw new CannotLock(`${path} cannot be locked: install flock (util-linux) or perl`);
}

function noLocks(path: string, reason: string, cause?: unknown): CannotLock {
  return new CannotLock(`${path} cannot be locked (${reason}): choose a directory on a local disk`, { cause });
}

/** Undefined when there is no such program. */
function run(
  program: string,
  words: readonly string[],
  file: number,
  wait?: AbortSignal,
): Promise<{ code: number | string; stderr: string } | undefined> {
  const env = { PATH: `${SYSTEM_PATH}:${process.env.PATH ?? ''}`, LC_ALL: 'C' };
  const until = wait === undefined ? { timeout: TIMEOUT_MS } : { signal: wait };
  const child = spawn(program, words, { env, stdio: ['ignore', 'ignore', 'pipe', file], ...until });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(0, STDERR_CHARS);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (codeOf(error) === 'ENOENT') resolve(undefined);
      else if (error.name !== 'AbortError') reject(error);
    });
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? 'nothing', stderr: stderr.trim() }));
  });
}
