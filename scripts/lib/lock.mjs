// Lets one set-up at a time work on a repository: `npm start` and `npm test` may begin together in a fresh clone.
import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from './report.mjs';

const pollMs = 200;

/**
 * @template T
 * @param {string} path  of the lock file
 * @param {() => Promise<T>} work
 * @param {{ report: import('./report.mjs').Report, waitMs?: number }} options  `waitMs`: how long to wait for another holder
 * @returns {Promise<T>}
 */
export async function withLock(path, work, { report, waitMs = 900_000 }) {
  await report.during('waiting for another set-up of this repository', take(path, Date.now() + waitMs));
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * @param {string} path
 * @param {number} deadline
 */
async function take(path, deadline) {
  while (!(await create(path))) {
    const holder = (await readFile(path, 'utf8').catch(() => '')).trim();
    if (holder && !isAlive(Number(holder))) {
      await rm(path, { force: true });
    } else if (Date.now() > deadline) {
      throw new SetupError(`another set-up (process ${holder}) does not finish. Stop it, or remove ${path}.`);
    } else {
      await delay(pollMs);
    }
  }
}

/**
 * By a hard link, so that the file is never there without the process id in it.
 * @param {string} path
 */
async function create(path) {
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, `${process.pid}\n`);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
