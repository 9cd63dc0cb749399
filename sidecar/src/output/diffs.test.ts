// What attempts have changed, sent to a hub that is what a test answers; jobs have real directories.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SidecarFrameOf } from '@agentcom/schemas';
import { silentLog } from '@agentcom/schemas/log-testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Changes } from '../core/diff.js';
import { CHECKED, jobIn, WORKSPACE } from '../core/fixture.js';
import type { Job, RequestError } from '../core/job-model.js';
import { Diffs } from './diffs.js';

type Sent = Omit<SidecarFrameOf<'task.diff'>, 'id'> & { readonly text: string };

const OFFLINE: RequestError = { code: 'sidecar.offline', message: 'not connected', retryable: true };
const AGAIN: RequestError = { code: 'diff.incomplete', message: 'again', retryable: true, retryAfterMs: 1 };
const STALE: RequestError = { code: 'task.stale_generation', message: 'no', retryable: false };

let root: string;
let dir: string;
let sent: Sent[];
let parts: SidecarFrameOf<'task.diff.part'>[];
let answers: (RequestError | null)[];
/** What the worktree has changed, and how often that was looked at. */
let patch: string;
let looks: number;
let isOnline: boolean;
let diffs: Diffs;

function made(): Diffs {
  return new Diffs({
    source: {
      diff: async (job): Promise<Changes> => {
        looks += 1;
        const what = job.checked === null ? { base: WORKSPACE.base } : { ...CHECKED, notes: undefined };
        const { base, commit } = { commit: undefined, ...what };
        const changes = patch === '' ? [] : [{ path: 'a', status: 'modified' as const, added: 1, removed: 0 }];
        return { base, ...(commit !== undefined && { commit }), changes, patch, isCut: false };
      },
    },
    secrets: () => ['hunter2hunter2'],
    send: (frame) => isOnline && parts.push(frame) > 0,
    ask: (frame, done) => {
      if (!isOnline) return done(OFFLINE);
      const text = parts.map(({ data }) => data).join('');
      parts = [];
      sent.push({ ...frame, text });
      done(answers.shift() ?? null);
    },
    log: silentLog,
  });
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'agentcom-diffs-'));
  dir = join(root, 'job');
  await mkdir(dir);
  [sent, parts, answers, looks, isOnline] = [[], [], [], 0, true];
  patch = section('work');
  diffs = made();
});

afterEach(async () => {
  await diffs.stop();
  await rm(root, { recursive: true, force: true });
});

function section(word: string): string {
  return `diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+${word}\n`;
}

const at = (phase: Job['phase'], more: Partial<Job> = {}) => jobIn(phase, more);
const attempt = { task: at('running').task.id, generation: at('running').generation };
const asked = () => diffs.asked({ type: 'task.diff.request', ...attempt });
const settled = () => diffs.settled(attempt, 20_000);

function online(takesDiffs = true): void {
  isOnline = true;
  diffs.linked(takesDiffs);
}

describe('the result', () => {
  it('is sent once it has passed its checks, once', async () => {
    online();
    for (const phase of ['running', 'checking', 'verifying', 'pushing', 'requesting', 'reporting'] as const) {
      diffs.follow(at(phase, { checked: phase === 'running' || phase === 'checking' ? null : CHECKED }), dir);
    }
    await settled();
    expect(sent).toMatchObject([
      { ...attempt, stage: 'result', commit: CHECKED.commit, parts: 1, text: section('work') },
    ]);
    expect(existsSync(join(dir, 'diff.json'))).toBe(false);
  });

  it('is sent again when the agent had to put something right', async () => {
    online();
    diffs.follow(at('verifying', { checked: CHECKED }), dir);
    await settled();
    diffs.follow(at('running', { checked: null }), dir);
    diffs.follow(at('verifying', { checked: { ...CHECKED, commit: 'd'.repeat(40) } }), dir);
    await settled();
    expect(sent).toHaveLength(2);
  });

  it('of an attempt that failed is what is in its worktree', async () => {
    online();
    diffs.follow(at('reporting', { checked: null }), dir);
    await settled();
    expect(sent).toMatchObject([{ stage: 'result', base: WORKSPACE.base }]);
    expect(sent[0]).not.toHaveProperty('commit');
  });

  it('has no secrets', async () => {
    patch = section('hunter2hunter2');
    online();
    diffs.follow(at('verifying', { checked: CHECKED }), dir);
    await settled();
    expect(sent[0]?.text).toBe(section('[masked]'));
  });

  it('that the hub could not take is sent again, with all its parts', async () => {
    answers = [AGAIN, AGAIN];
    online();
    diffs.follow(at('verifying', { checked: CHECKED }), dir);
    await settled();
    expect(sent.map(({ text }) => text)).toEqual([section('work'), section('work'), section('work')]);
    expect(looks).toBe(1);
  });

  it('that the hub does not want is let go', async () => {
    answers = [STALE];
    online();
    diffs.follow(at('verifying', { checked: CHECKED }), dir);
    await settled();
    expect(sent).toHaveLength(1);
    expect(existsSync(join(dir, 'diff.json'))).toBe(false);
  });

  it('survives the end of the sidecar, and of the job, until there is a hub', async () => {
    isOnline = false;
    const job = at('reporting', { checked: CHECKED });
    diffs.follow(job, dir);
    await expect.poll(() => existsSync(join(dir, 'diff.json'))).toBe(true);
    await diffs.stop();
    await rename(dir, join(root, 'trash'));
    diffs = made();
    const ended = diffs.ended(job, join(root, 'trash'));
    expect(diffs.isSending(attempt)).toBe(true);
    patch = section('something else');
    online();
    await ended;
    expect(sent).toMatchObject([{ stage: 'result', text: section('work') }]);
    expect(diffs.isSending(attempt)).toBe(false);
  });

  it('is in nobody’s way where the hub knows no diffs', async () => {
    const job = at('reporting', { checked: CHECKED });
    diffs.follow(job, dir);
    online(false);
    await diffs.ended(job, dir);
    await settled();
    diffs.follow(at('verifying', { checked: { ...CHECKED, commit: 'd'.repeat(40) } }), dir);
    expect(diffs.isSending(attempt)).toBe(false);
    expect(sent).toEqual([]);
  });

  it('of an attempt without a repository is nothing', async () => {
    online();
    const job = at('reporting', { workspace: { kind: 'scratch', dir } });
    diffs.follow(job, dir);
    await diffs.ended(job, dir);
    expect([sent, looks]).toEqual([[], 0]);
  });
});

describe('a look at work that goes on', () => {
  it('is made when somebody asks, of the attempt in hand alone', async () => {
    online();
    asked();
    diffs.follow(at('running', { checked: null }), dir);
    diffs.asked({ type: 'task.diff.request', ...attempt, generation: attempt.generation + 1 });
    asked();
    await settled();
    expect(sent).toMatchObject([{ ...attempt, stage: 'working', text: section('work') }]);
    expect(existsSync(join(dir, 'diff.json'))).toBe(false);
  });

  it('that is asked for before it has begun is made when it has', async () => {
    online();
    diffs.follow(at('preparing'), dir);
    asked();
    await settled();
    expect(sent).toEqual([]);
    diffs.follow(at('running', { checked: null }), dir);
    await settled();
    expect(sent).toMatchObject([{ stage: 'working' }]);
    diffs.follow(at('blocked', { checked: null }), dir);
    await settled();
    expect(sent).toHaveLength(1);
  });

  it('never takes the place of the result', async () => {
    isOnline = false;
    diffs.follow(at('running', { checked: null }), dir);
    asked();
    diffs.follow(at('verifying', { checked: CHECKED }), dir);
    asked();
    online();
    await settled();
    expect(sent.at(-1)).toMatchObject({ stage: 'result' });
    diffs.follow(at('pushing', { checked: CHECKED }), dir);
    asked();
    await settled();
    expect(sent.at(-1)).toMatchObject({ stage: 'result' });
  });
});
