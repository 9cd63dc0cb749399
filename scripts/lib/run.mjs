// Runs one program to its end with an argv array, never a shell; output is bounded, and so is the time.
import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { delimiter, join } from 'node:path';

const outputBytesMax = 8 * 1024 * 1024;
const killGraceMs = 5_000;

/**
 * @typedef {object} Outcome
 * @property {number | null} code  null when a signal ended it or it could not be started
 * @property {string} stdout
 * @property {string} stderr  also says why, when the program could not be started or ran out of time
 */

/**
 * Never rejects: a program that is missing, times out or fails is an outcome with a code other than 0.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, priority?: number, signal?: AbortSignal }} [options]
 *   `priority`: as `nice` counts; `signal`: ends it early
 * @returns {Promise<Outcome>}
 */
export function run(program, args, { cwd, env = process.env, timeoutMs = 60_000, priority = 0, signal } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
    if (priority !== 0 && child.pid !== undefined) setPriority(child.pid, priority);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    let note = '';
    const timer = setTimeout(() => {
      note = `${program} did not finish within ${timeoutMs / 1_000} s`;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), killGraceMs).unref();
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ code: null, stdout: '', stderr: error.message });
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: note ? null : code, stdout: stdout(), stderr: note || stderr() });
    });
  });
}

/** @param {import('node:stream').Readable} stream */
function collect(stream) {
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  stream.on('data', (/** @type {Buffer} */ chunk) => {
    bytes += chunk.length;
    if (bytes <= outputBytesMax) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/**
 * The last lines that say something, joined into one: what fits into a one-line message.
 * @param {string} text
 * @param {number} [lines]
 */
export function lastLines(text, lines = 3) {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(-lines)
    .join(' | ');
}

/**
 * @param {string} name
 * @param {readonly string[]} folders
 * @returns {Promise<string | undefined>} the first executable file of that name
 */
export async function findExecutable(name, folders) {
  for (const folder of folders) {
    const path = join(folder, name);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}

/**
 * PATH, and the folders where distributions put servers although they are not on an ordinary user's PATH.
 * @param {NodeJS.ProcessEnv} env
 */
export function programFolders(env) {
  const onPath = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...new Set([...onPath, '/usr/local/sbin', '/usr/sbin'])];
}
