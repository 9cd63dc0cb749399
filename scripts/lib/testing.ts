// Folders and programs for the tests of set-up: temporary, and gone after each test.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createReport } from './report.mjs';

/** An empty folder that the end of the test removes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agentcom-setup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A program written in shell; `body` follows the first line. */
export function program(folder: string, name: string, body: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A nats-server that does nothing but tell its version. */
export function natsServer(folder: string, version: string): string {
  return program(folder, 'nats-server', `echo 'nats-server: v${version}'`);
}

/** A report that keeps what it is told. */
export function keptReport() {
  const lines: string[] = [];
  return { lines, report: createReport((text) => void lines.push(text.trimEnd())) };
}
