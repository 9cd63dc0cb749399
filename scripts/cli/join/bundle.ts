// Where the program for machines lies that join, as set-up builds it.

import { dirname, join } from 'node:path';

/** `entry` is the command of a checkout, built or from source. */
export function bundleBeside(entry: string): string {
  return join(dirname(entry), '..', 'dist', 'bundle', 'agentcom.mjs');
}
