import { writeFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CodexRollout } from './codex-rollout.js';

const THREAD = '01a1fe19-f68d-7413-afdf-6dcd6d236a55';

let home: string;
let path: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agentcom-codex-'));
  const day = join(home, 'sessions', '2026', '11', '21');
  await mkdir(day, { recursive: true });
  path = join(day, `rollout-2026-11-21T12-34-36-${THREAD}.jsonl`);
});
afterEach(() => rm(home, { recursive: true, force: true }));

function line(type: string, payload: object): string {
  return `${JSON.stringify({ timestamp: '2026-11-21T12:34:37.529Z', type, payload })}\n`;
}

function used(input_tokens: number): string {
  return line('event_msg', { type: 'token_count', info: { total_token_usage: { input_tokens } } });
}

it('tells the model and the newest sum, each once', async () => {
  await writeFile(path, line('turn_context', { model: 'gpt-5.1-codex' }) + used(1200) + used(2400));
  const rollout = new CodexRollout({ CODEX_HOME: home });
  expect(rollout.unread(THREAD)).toEqual({ model: 'gpt-5.1-codex', usage: { input_tokens: 2400 } });
  expect(rollout.unread(THREAD)).toEqual({});
  const next = used(3600);
  await appendFile(path, next.slice(0, 30));
  expect(rollout.unread(THREAD)).toEqual({});
  await appendFile(path, next.slice(30));
  expect(rollout.unread(THREAD)).toEqual({ usage: { input_tokens: 3600 } });
});

it('reads the end of a long one', async () => {
  await writeFile(path, line('response_item', { text: 'é'.repeat(1_000_000) }) + used(5));
  expect(new CodexRollout({ CODEX_HOME: home }).unread(THREAD)).toEqual({ usage: { input_tokens: 5 } });
});

it('of another session, or none, tells nothing', async () => {
  await writeFile(path, used(1));
  expect(new CodexRollout({ CODEX_HOME: home }).unread('01a1fe19-0000-7000-8000-000000000000')).toEqual({});
  expect(new CodexRollout({ HOME: join(home, 'nowhere') }).unread(THREAD)).toEqual({});
});

it('that is no JSON, or other JSON, tells nothing', async () => {
  await writeFile(
    path,
    '"token_count"\n{"token_count"\n{"type":"token_count"}\n{"type":"turn_context","payload":[]}\n',
  );
  expect(new CodexRollout({ CODEX_HOME: home }).unread(THREAD)).toEqual({});
});

it('that is not there after many looks is looked for no more', () => {
  const rollout = new CodexRollout({ CODEX_HOME: home });
  for (let n = 0; n < 30; n += 1) expect(rollout.unread(THREAD)).toEqual({});
  writeFileSync(path, used(1));
  expect(rollout.unread(THREAD)).toEqual({});
});
