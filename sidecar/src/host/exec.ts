// Runs a program of this machine to its end: an argv array, bounded time and output, and a result in every case.

import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

const TIMEOUT_MS = 10_000;
/** The reason of what took too long. */
export const TIMED_OUT = 'it did not finish in time';
const OUTPUT_BYTES = 64 * 1024;

export type Environment = Readonly<Record<string, string | undefined>>;

export type ExecResult =
  | { readonly ok: true; readonly stdout: string }
  /** `reason` is the error code of the system, or the line of stderr that names the fault. */
  | { readonly ok: false; readonly reason: string };

export function exec(
  program: string,
  args: readonly string[],
  { env, timeoutMs = TIMEOUT_MS }: { readonly env: Environment; readonly timeoutMs?: number },
): Promise<ExecResult> {
  return new Promise((resolve) => {
    const options = { env, timeout: timeoutMs, maxBuffer: OUTPUT_BYTES, killSignal: 'SIGKILL' } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ ok: true, stdout: stdout.trim() });
      else if (error.killed === true) resolve({ ok: false, reason: TIMED_OUT });
      else
        resolve({
          ok: false,
          reason: typeof error.code === 'string' ? error.code : reasonFrom(stderr) || error.message,
        });
    });
    child.stdin?.on('error', () => undefined).end();
  });
}

/** The file that would be run: found in PATH, or named by a path from `cwd`. Undefined when there is none that may be run. */
export async function findProgram(name: string, env: Environment, cwd: string): Promise<string | undefined> {
  if (name.includes('/')) {
    const path = isAbsolute(name) ? name : resolve(cwd, name);
    return (await isProgram(path)) ? path : undefined;
  }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder !== '' && (await isProgram(path))) return path;
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The line that says what is wrong; git puts advice behind it. */
function reasonFrom(text: string): string {
  const lines = text.trim().split('\n');
  return lines.find((line) => line.startsWith('fatal: '))?.slice('fatal: '.length) ?? lines.at(-1) ?? '';
}
