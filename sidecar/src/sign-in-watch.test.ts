// Real files below a home directory of the test's own.

import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunnerKind } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT, jobIn } from './core/fixture.js';
import type { Job } from './core/job-model.js';
import { SignInWatch } from './sign-in-watch.js';

let home: string;
let now = 0;
let watch: SignInWatch;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agentcom-home-'));
  await mkdir(join(home, '.codex'));
  now = 0;
  watch = new SignInWatch({ HOME: home }, () => now);
});
afterEach(() => rm(home, { recursive: true, force: true }));

const job = (kind: RunnerKind, more: Partial<Job> = {}) =>
  jobIn('salvaging', { runner: { kind, model: null }, ...more });
const failure = { class: 'machine', code: 'runner.not_signed_in', message: 'sign in' } as const;

it('holds back the kind that is signed out, and no other', () => {
  watch.ended(job('codex', { failure }));
  expect(watch.unfit('codex')).toEqual({ code: 'runner.not_signed_in', message: 'sign in' });
  expect(watch.unfit('claude')).toBeUndefined();
});

it('lets it go when its credentials are written, changed or removed', async () => {
  const file = join(home, '.codex', 'auth.json');
  for (const change of [() => writeFile(file, '{}'), () => writeFile(file, '{"a":1}'), () => unlink(file)]) {
    watch.ended(job('codex', { failure }));
    expect(watch.unfit('codex')).toBeDefined();
    await change();
    expect(watch.unfit('codex')).toBeUndefined();
  }
});

it.each([
  ['claude', 'CLAUDE_CONFIG_DIR', '.credentials.json'],
  ['codex', 'CODEX_HOME', 'auth.json'],
  ['gemini', 'GEMINI_CLI_HOME', '.gemini/oauth_creds.json'],
  ['opencode', 'XDG_DATA_HOME', 'opencode/auth.json'],
  ['opencode', 'XDG_CONFIG_HOME', 'opencode/opencode.json'],
  ['opencode', 'OPENCODE_CONFIG_DIR', 'opencode.jsonc'],
  ['opencode', 'OPENCODE_CONFIG', ''],
] as const)('looks where %s does when %s says where that is', async (kind, variable, name) => {
  const named = join(home, 'elsewhere');
  const elsewhere = new SignInWatch({ HOME: home, [variable]: named }, () => now);
  elsewhere.ended(job(kind, { failure }));
  await mkdir(dirname(join(named, name)), { recursive: true });
  expect(elsewhere.unfit(kind)).toBeDefined();
  await writeFile(join(named, name), '{}');
  expect(elsewhere.unfit(kind)).toBeUndefined();
});

it('looks at the files of the settings as well, such as the token of a gateway', async () => {
  const token = join(home, 'token');
  const behind = new SignInWatch({ HOME: home }, () => now, [token]);
  behind.ended(job('claude', { failure }));
  expect(behind.unfit('claude')).toBeDefined();
  await writeFile(token, 'another');
  expect(behind.unfit('claude')).toBeUndefined();
});

it('does not look elsewhere for what a variable has moved', async () => {
  const moved = new SignInWatch({ HOME: home, CODEX_HOME: join(home, 'elsewhere') }, () => now);
  moved.ended(job('codex', { failure }));
  await writeFile(join(home, '.codex', 'auth.json'), '{}');
  expect(moved.unfit('codex')).toBeDefined();
});

it('lets it go when it has worked, and after some time', () => {
  watch.ended(job('codex', { failure }));
  watch.ended(job('codex', { exit: { ...EXIT, calls: 1 } }));
  expect(watch.unfit('codex')).toBeUndefined();
  watch.ended(job('codex', { failure }));
  now = Number.MAX_SAFE_INTEGER;
  expect(watch.unfit('codex')).toBeUndefined();
});

it('is not misled by a turn that failed otherwise before its account was used', () => {
  watch.ended(job('codex', { failure }));
  watch.ended(job('codex', { exit: { ...EXIT, code: 1 } }));
  expect(watch.unfit('codex')).toBeDefined();
});
