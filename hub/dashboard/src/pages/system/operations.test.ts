import type { Operation } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { endedSince, outcomeOf, shareOf } from './operations.js';

const at = '2026-11-30T12:00:00.000Z';
const running: Operation = {
  id: 'a',
  kind: 'backup',
  state: 'running',
  by: 'key:k',
  startedAt: at,
  done: 0,
  failures: [],
};
const done: Operation = { ...running, state: 'done', endedAt: at };

describe('work in the background', () => {
  it('says how far it is only where its end is known', () => {
    expect(shareOf({ done: 5 })).toBeUndefined();
    expect(shareOf({ done: 0, total: 0 })).toBeUndefined();
    expect(shareOf({ done: 5, total: 10 })).toBe(0.5);
    expect(shareOf({ done: 11, total: 10 })).toBe(1);
  });

  it('has ended since when it ran before, and not when it was over or unknown', () => {
    expect(endedSince([running], [done])).toEqual([done]);
    expect(endedSince([done], [done])).toEqual([]);
    expect(endedSince([], [done])).toEqual([]);
    expect(endedSince([running], [running])).toEqual([]);
  });

  it('says what it came to', () => {
    const backup = { id: 'b', createdAt: at, bytes: 2048, sha256: '', journal: 'j', seq: 7, encrypted: false };
    expect(outcomeOf({ ...done, made: backup })).toEqual(['2.0 KiB']);
    expect(outcomeOf({ ...done, compacted: { bytesBefore: 4096, bytesAfter: 1024 } })).toEqual(['4.0 KiB → 1.0 KiB']);
    const verified = { id: 'b', ok: true, problems: [], seq: 7, tasks: 1, agents: 2, seconds: 1.25 };
    expect(outcomeOf({ ...done, kind: 'drill', verified })).toEqual(['1 task and 2 agents came back, in 1.3 s']);
    expect(outcomeOf({ ...done, kind: 'restore', restored: { journal: 'j2', seq: 8, kept: 'f' } })).toEqual([
      'the journal goes on at batch 8',
      'what was replaced is in f',
    ]);
  });

  it('says why it failed, and claims no proof of a backup that did not pass', () => {
    const verified = { id: 'b', ok: false, problems: ['damaged'], seq: 0, tasks: 0, agents: 0, seconds: 1 };
    expect(outcomeOf({ ...done, state: 'failed', verified, failures: ['damaged'] })).toEqual(['damaged']);
  });
});
