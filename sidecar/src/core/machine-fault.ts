// What the system says when it is the machine that cannot, whatever the task.

import type { Unfit } from '@agentcom/schemas';

/** Permissions and read-only file systems; no room; no more files, processes or memory; a failing disk. */
const MACHINE_ERRORS: ReadonlySet<string> = new Set([
  ...['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ELOOP'],
  ...['ENOSPC', 'EDQUOT'],
  ...['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'],
  ...['EIO', 'ESTALE', 'ETXTBSY', 'ENOEXEC'],
]);

/** The same as git and other programs write it. */
const SAID =
  /no space left on device|disk quota exceeded|read-only file system|too many open files|cannot allocate memory|out of memory|cannot create thread|unable to create thread|cannot fork|resource temporarily unavailable|input\/output error/i;

/** Of a failure with such an error, where nothing more is known of it. */
export const SYSTEM_ERROR = 'machine.system_error';

export function isMachineError(code: string | undefined): boolean {
  return code !== undefined && MACHINE_ERRORS.has(code);
}

export function saysMachineError(text: string): boolean {
  return SAID.test(text);
}

/** Stays the same while it lasts, so that nothing new is told. */
export function lowDisk(freeBytes: number, floorBytes: number, dir: string): Unfit | undefined {
  if (freeBytes >= floorBytes) return undefined;
  const mib = Math.round(floorBytes / 1024 ** 2);
  return { code: 'machine.disk_low', message: `less than ${mib} MiB of disk space is free at ${dir}: free up some` };
}
