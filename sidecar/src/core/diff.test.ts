// What of a diff is told, and what is left out of it.

import { LIMITS } from '@agentcom/schemas/limits';
import { describe, expect, it } from 'vitest';
import { ChangedMeanwhile, type Changes, changesIn, diffOf, piecesOf } from './diff.js';

const BASE = 'a'.repeat(40);

function hunk(at: number, lines: number, chars = 10): string {
  return `@@ -${at},0 +${at},${lines} @@\n${`+${'x'.repeat(chars)}\n`.repeat(lines)}`;
}

function file(path: string, ...hunks: string[]): string {
  return `diff --git a/${path} b/${path}\nindex 1..2 100644\n--- a/${path}\n+++ b/${path}\n${hunks.join('')}`;
}

function changed(patch: string, ...changes: Changes['changes']): Changes {
  return { base: BASE, changes, patch, isCut: false };
}

const modified = (path: string, added: number, removed = 0) => ({ path, status: 'modified' as const, added, removed });

describe('the listing', () => {
  it('is read whatever the names of files are', () => {
    const raw = ':100644 100644 1 2 M\0:1\t2\t\nx\0:100644 100644 1 2 R090\0from\0to\0:000000 100644 0 2 A\0logo.png\0';
    const figures = '3\t4\t:1\t2\t\nx\x005\t6\t\0from\0to\0-\t-\tlogo.png\0';
    expect(changesIn(raw + figures)).toEqual([
      { path: ':1\t2\t\nx', status: 'modified', added: 3, removed: 4 },
      { path: 'to', from: 'from', status: 'renamed', added: 5, removed: 6 },
      { path: 'logo.png', status: 'added' },
    ]);
  });

  it('may be empty', () => expect(changesIn('')).toEqual([]));
});

describe('a diff', () => {
  it('that fits is told as git prints it', () => {
    const patch = file('a', hunk(1, 2), hunk(9, 1)) + file('b', hunk(1, 1));
    const { facts, text } = diffOf(changed(patch, modified('a', 3), modified('b', 1)), []);
    expect(text).toBe(patch);
    expect(facts).toEqual({
      ...{ base: BASE, files: 2, added: 4, removed: 0 },
      items: [modified('a', 3), modified('b', 1)],
    });
  });

  it('leaves whole hunks of a large file out, and counts their lines', () => {
    const patch = file('big', hunk(1, 1), hunk(9, 1_000, 100), hunk(2_000, 2)) + file('b', hunk(1, 1));
    const { facts, text } = diffOf(changed(patch, modified('big', 1_003), modified('b', 1)), []);
    expect(text).toBe(file('big', hunk(1, 1), hunk(2_000, 2)) + file('b', hunk(1, 1)));
    expect(facts).toMatchObject({ files: 2, added: 1_004, leftOut: { files: 1, lines: 1_000 } });
    expect(facts.items[0]).toEqual({ ...modified('big', 1_003), leftOut: 1_000 });
  });

  it('is never longer than it may be, and its sums are of all files', () => {
    const count = 700;
    const names = Array.from({ length: count }, (_, index) => `f${index}`);
    const patch = names.map((name) => file(name, hunk(1, 100, 9))).join('');
    const { facts, text } = diffOf(changed(patch, ...names.map((name) => modified(name, 100))), []);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMITS.diffBytes);
    expect(facts).toMatchObject({ files: count, added: count * 100 });
    expect(facts.items).toHaveLength(LIMITS.diffFiles);
    const shown = text.match(/^\+x/gm)?.length ?? 0;
    expect(facts.leftOut).toMatchObject({ lines: count * 100 - shown });
  });

  it('that git was ended in the middle of has no half hunk', () => {
    const whole = file('a', hunk(1, 2)) + file('b', hunk(1, 2), hunk(9, 3));
    const changes = [modified('a', 2), modified('b', 5), modified('c', 7), { path: 'd.png', status: 'added' as const }];
    const { facts, text } = diffOf({ ...changed(whole.slice(0, -4), ...changes), isCut: true }, []);
    expect(text).toBe(file('a', hunk(1, 2)) + file('b', hunk(1, 2)));
    expect(facts).toMatchObject({ files: 4, added: 14, leftOut: { files: 2, lines: 10 } });
  });

  it('of files that have changed meanwhile is no diff', () => {
    expect(() => diffOf(changed(file('a', hunk(1, 1))), [])).toThrow(ChangedMeanwhile);
    expect(() => diffOf(changed('', modified('a', 1)), [])).toThrow(ChangedMeanwhile);
  });

  it('tells a file that became a link as one, and nothing of a file that is being merged', () => {
    const retyped = file('a', hunk(1, 1)) + file('a', hunk(1, 1));
    const patch = `* Unmerged path m\n${retyped}${file('m', hunk(1, 1))}`;
    const changes = [
      { path: 'm', status: 'unmerged' as const, added: 0, removed: 0 },
      { path: 'a', status: 'retyped' as const, added: 2, removed: 0 },
      modified('m', 1),
    ];
    const { facts, text } = diffOf(changed(patch, ...changes), []);
    expect(text).toBe(retyped + file('m', hunk(1, 1)));
    expect(facts).toMatchObject({ files: 2, added: 3 });
    expect(facts.leftOut).toBeUndefined();
  });

  it('does not tell what is hidden', () => {
    const patch = file('a', hunk(1, 1)) + file('b', hunk(1, 1));
    const hidden = new Set(['a']);
    const { facts, text } = diffOf({ ...changed(patch, modified('a', 1), modified('b', 1)), hidden }, []);
    expect(text).toBe(file('b', hunk(1, 1)));
    expect(facts).toMatchObject({ files: 1, added: 1, items: [modified('b', 1)] });
  });

  it('has no secrets: known ones, and private keys over several lines on either side', () => {
    const key = ['-----BEGIN PRIVATE KEY-----', 'MIIEvQIBADANBgkq', 'hkiG9w0BAQEFAASC', '-----END PRIVATE KEY-----'];
    const lines = ['+token = hunter2hunter2', ...key.flatMap((line) => [`-${line}`, `+${line}`]), ' done'];
    const patch = file('env', `@@ -1,5 +1,6 @@\n${lines.join('\n')}\n`);
    const { text } = diffOf(changed(patch, modified('env', 5, 4)), ['hunter2hunter2']);
    expect(text).not.toMatch(/hunter2|MIIE|hkiG/);
    expect(text).toMatch(/^\+token = \[masked\]$/m);
    expect(text).toMatch(/^ done$/m);
    expect(text.split('\n')).toHaveLength(patch.split('\n').length);
  });

  it('does not list names that are longer than names may be', () => {
    const long = 'x'.repeat(LIMITS.pathChars + 1);
    const { facts } = diffOf(changed(file(long, hunk(1, 1)), modified(long, 1)), []);
    expect(facts).toMatchObject({ files: 1, items: [] });
  });

  it('lists no more than fits beside it in a frame', () => {
    const names = Array.from({ length: 400 }, (_, index) => `${'ü'.repeat(LIMITS.pathChars - 3)}${index}`);
    const patch = names.map((name) => file(name, hunk(1, 1))).join('');
    const { facts } = diffOf(changed(patch, ...names.map((name) => modified(name, 1))), []);
    expect(Buffer.byteLength(JSON.stringify(facts.items))).toBeLessThanOrEqual(LIMITS.diffListBytes);
    expect(facts.files).toBe(400);
  });
});

describe('pieces', () => {
  it('are of whole lines where those fit, and together the text', () => {
    const text = `one\ntwo\n${'ü'.repeat(20)}\nend`;
    const pieces = piecesOf(text, 9);
    expect(pieces.join('')).toBe(text);
    expect(pieces[0]).toBe('one\ntwo\n');
    expect(pieces.every((piece) => piece !== '' && Buffer.byteLength(piece) <= 9)).toBe(true);
  });

  it('are none of nothing', () => expect(piecesOf('', 9)).toEqual([]));

  it('of the longest diff are no more than there may be', () => {
    const text = `+${'ü'.repeat(200)}\n`.repeat(1_300).slice(0, LIMITS.diffBytes / 2);
    expect(piecesOf(text, LIMITS.outputBytes).length).toBeLessThanOrEqual(LIMITS.diffParts);
  });
});
