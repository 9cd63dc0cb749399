// Installs the tools before the first test, and tells the tests where they are.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { REPOSITORY } from '../support/cli.js';

const INSTALL_TIMEOUT_MS = 1_800_000;

export interface InstalledTool {
  readonly path: string;
  /** Its name as a program. */
  readonly program: string;
  readonly version: string;
}

export type InstalledTools = Readonly<
  Record<'claude' | 'claude-older' | 'codex' | 'opencode' | 'gemini', InstalledTool>
>;

declare module 'vitest' {
  export interface ProvidedContext {
    agentTools: InstalledTools;
  }
}

export async function setup({ provide }: TestProject): Promise<void> {
  provide('agentTools', await installTools());
}

/** From npm, unless they are in the cache. */
export async function installTools(): Promise<InstalledTools> {
  const script = join(REPOSITORY, 'scripts', 'setup.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--agent-tools'], {
    timeout: INSTALL_TIMEOUT_MS,
  });
  return JSON.parse(stdout);
}
