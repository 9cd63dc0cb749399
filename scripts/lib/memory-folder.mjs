// Where tests keep their files: in memory where the machine has enough of it, since most of what a test waits for is a small file on a disk.
import { readFileSync, statfsSync } from 'node:fs';

const FOLDER = '/dev/shm';
const FREE_MIN_BYTES = 8 * 1024 ** 3;

/** @returns {string | undefined} a folder in memory for many files, programs among them; undefined where there is none, or not enough of it */
export function memoryFolder() {
  try {
    const { bavail, bsize } = statfsSync(FOLDER);
    const isEnough = Math.min(bavail * bsize, process.availableMemory()) >= FREE_MIN_BYTES;
    return isEnough && isUsable(readFileSync('/proc/self/mounts', 'utf8')) ? FOLDER : undefined;
  } catch {
    // Not a Linux.
    return undefined;
  }
}

/** @param {string} mounts  as in `proc_pid_mounts(5)` */
export function isUsable(mounts) {
  const mount = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, folder]) => folder === FOLDER);
  const [, , type, options = ''] = mount ?? [];
  const set = options.split(',');
  return type === 'tmpfs' && set.includes('rw') && !set.includes('noexec');
}
