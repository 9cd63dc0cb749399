// Where things lie that a hub hands out, as set-up builds them: the program for machines that join, and the dashboard.

import { dirname, join } from 'node:path';

/** `entry` is the command of a checkout, built or from source. */
export function bundleBeside(entry: string): string {
  return join(dirname(entry), '..', 'dist', 'bundle', 'agentcom.mjs');
}

export function dashboardBeside(entry: string): string {
  return join(dirname(entry), '..', 'dist', 'dashboard');
}
