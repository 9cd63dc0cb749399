import type { Operation } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { beingUndone, endedSince, outcomeOf, shareOf, targetOf, titleOf, whoBegan } from './operations.js';

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

describe('an operation on tasks', () => {
  const nothing = { changed: 0, refused: 0, codes: [], refusals: [] } as const;
  const acted = (tasks: Partial<NonNullable<Operation['tasks']>>): Operation => ({
    ...done,
    kind: 'tasks',
    org: 'acme',
    tasks: { action: 'lane', ...nothing, codes: [], refusals: [], ...tasks },
  });

  it.each([
    [{ action: 'cancel' }, 'Cancel tasks'],
    [{ action: 'requeue' }, 'Requeue dead letters'],
    [{ to: 'up' }, 'Move tasks one lane up'],
    [{ to: 'low' }, 'Move tasks to the low lane'],
    [{ to: 'low', undoes: 'a' }, 'Undo: Move tasks to the low lane'],
    [{}, 'Move tasks to another lane'],
  ] as const)('%j is called %j', (tasks, title) => {
    expect(titleOf(acted(tasks))).toBe(title);
  });

  it('says what it is about', () => {
    expect(targetOf(acted({ q: 'lane:low' }))).toEqual({ text: 'All that match', q: 'lane:low' });
    expect(targetOf(acted({ named: 2 }))).toEqual({ text: '2 tasks, named one by one' });
    expect(targetOf(acted({}))).toEqual({ text: 'All to which it can be done' });
    expect(targetOf(acted({ undoes: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b' }))?.text).toBe(
      'What operation …4e5f6a7b did',
    );
    expect(targetOf({ ...done, backup: 'b' })).toEqual({ text: 'b' });
  });

  it('is being undone while its undo has not ended', () => {
    const undo = { ...running, ...acted({ undoes: 'x' }), endedAt: undefined } as never;
    expect([...beingUndone([undo, acted({ undoes: 'y' }), running])]).toEqual(['x']);
  });

  it('says how many of how many, and why not the rest', () => {
    const codes = [
      { code: 'task.already_final', count: 2 },
      { code: 'task.not_found', count: 1 },
    ];
    expect(outcomeOf({ ...acted({ changed: 40, refused: 3, codes }), total: 43 })).toEqual([
      'Moved 40 of 43',
      '3 could not be changed: task.already_final (2), task.not_found',
    ]);
    expect(outcomeOf({ ...acted({ undoes: 'a', changed: 1 }), total: 1 })).toEqual(['Put back 1 of 1']);
    expect(outcomeOf(acted({}))).toEqual([]);
  });

  it.each([
    [{ by: 'hub' }, 'by schedule'],
    [{ by: 'person:me' }, 'by you'],
    [{ by: 'person:p', byName: 'Ada' }, 'by Ada'],
    [{ by: 'key:019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b' }, 'by key …4e5f6a7b'],
    [{ by: 'key:k', byName: 'ci' }, 'by key ci'],
    [{ by: 'agent:crane' }, 'by crane'],
  ])('%j is %s', (begun, said) => {
    expect(whoBegan(begun, 'person:me')).toBe(said);
  });
});
