// Why a program could not be started. The system says ENOENT of a missing program, of a missing directory, and of a script whose
// interpreter is missing.

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

const FIRST_LINE_BYTES = 128;

/** `error` as the system has it, unless more is known. */
export function startErrorOf(error: string, program: string, cwd: string): string {
  if (!existsSync(cwd)) return `its directory ${cwd} is gone`;
  const interpreter = error === 'ENOENT' && program.includes('/') ? interpreterOf(resolve(cwd, program)) : null;
  return interpreter === null
    ? error
    : `its first line names a program that is not there: ${JSON.stringify(interpreter)}`;
}

/** The line with `#!`; a carriage return at its end belongs to it. Null without one, and when the file cannot be read. */
function interpreterOf(path: string): string | null {
  const bytes = Buffer.alloc(FIRST_LINE_BYTES);
  let file: number | undefined;
  try {
    if (!statSync(path).isFile()) return null;
    file = openSync(path, 'r');
    const [line = ''] = bytes.toString('utf8', 0, readSync(file, bytes)).split('\n', 1);
    return line.startsWith('#!') ? line : null;
  } catch {
    return null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
