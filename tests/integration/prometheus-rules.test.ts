// The rules for people who have Alertmanager, as Prometheus's own tool reads and tries them.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { REPOSITORY } from '../support/cli.js';
import { prometheusPrograms } from '../support/prometheus.js';

const FOLDER = join(REPOSITORY, 'ops', 'prometheus');
let programs: string;

beforeAll(async () => {
  programs = await prometheusPrograms();
}, 120_000);

function promtool(...args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(join(programs, 'promtool'), args, { cwd: FOLDER, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

test('promtool finds no fault with the rules, not even one that is there twice', () => {
  const { status, said } = promtool('check', 'rules', '--lint-fatal', 'agentcom.rules.yml');
  expect({ status, said }).toEqual({ status: 0, said: expect.stringMatching(/SUCCESS: \d+ rules found/) });
});

test('each fault makes its alert fire, and a hub that is well makes none', { timeout: 60_000 }, () => {
  const { status, said } = promtool('test', 'rules', 'agentcom.rules.test.yml');
  expect({ status, said }).toEqual({ status: 0, said: expect.stringContaining('SUCCESS') });
});

test('every rule has a case in which it fires', () => {
  const rules = readFileSync(join(FOLDER, 'agentcom.rules.yml'), 'utf8');
  const cases = readFileSync(join(FOLDER, 'agentcom.rules.test.yml'), 'utf8');
  const named = [...rules.matchAll(/- alert: (\w+)$[\s\S]*?severity: (\w+)$/gm)];
  expect(named.length).toBeGreaterThanOrEqual(20);
  for (const [, name, severity] of named) expect(cases).toContain(`{alertname="${name}", severity="${severity}"}`);
});
