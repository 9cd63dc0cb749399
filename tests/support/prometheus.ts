// Prometheus and promtool, as the set-up finds or fetches them.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from './cli.js';

/** The folder of both programs. */
export async function prometheusPrograms(): Promise<string> {
  const setup = join(REPOSITORY, 'scripts', 'setup.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [setup, '--prometheus']);
  return stdout.trim();
}
