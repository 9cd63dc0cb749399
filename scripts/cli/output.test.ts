import { describe, expect, it } from 'vitest';
import { Output } from './output.js';
import { testWorld } from './testing.js';
import { clipped, duration, printable, shellWord, width } from './text.js';

const COLUMNS = [
  { head: 'NAME', of: (row: { name: string; note: string }) => row.name },
  { head: 'NOTE', of: (row: { name: string; note: string }) => row.note, stretch: true },
];

function output(options: Parameters<typeof testWorld>[0] = {}): Output {
  return new Output(testWorld(options), false);
}

describe('a table', () => {
  it('aligns its columns, also behind wide characters', () => {
    const rows = [
      { name: 'a', note: 'first' },
      { name: '日本', note: 'second' },
    ];
    expect(output().table(rows, COLUMNS, 'none')).toBe('NAME  NOTE\na     first\n日本  second');
  });

  it('fits a terminal by cutting the column that stretches, and nothing elsewhere', () => {
    const rows = [{ name: 'a', note: 'x'.repeat(200) }];
    const lines = output({ isTerminal: true, env: { NO_COLOR: '1' } })
      .table(rows, COLUMNS, 'none')
      .split('\n');
    expect(lines.map(width)).toEqual([10, 80]);
    expect(output().table(rows, COLUMNS, 'none')).toContain('x'.repeat(200));
  });

  it('keeps what comes from others in its cell', () => {
    const rows = [{ name: 'a\nb', note: '\u001b[2J\u0007\u202eevil' }];
    expect(output().table(rows, COLUMNS, 'none').split('\n')[1]).toBe('a b   ·[2J··evil');
  });
});

describe('colour', () => {
  it('is there on a terminal only, and not where the environment asks for none', () => {
    expect(output({ isTerminal: true }).colours.isColorSupported).toBe(true);
    expect(output().colours.isColorSupported).toBe(false);
    expect(output({ isTerminal: true, env: { NO_COLOR: '1' } }).colours.isColorSupported).toBe(false);
    expect(output({ isTerminal: true, env: { TERM: 'dumb' } }).colours.isColorSupported).toBe(false);
  });
});

describe('texts', () => {
  it('lose control characters but keep their lines', () => {
    expect(printable('a\r\nb\tc\u001b[31m\u0000')).toBe('a\nb\tc·[31m·');
  });

  it('are cut by columns', () => {
    expect(clipped('日本語', 5)).toBe('日本…');
    expect(clipped('short', 5)).toBe('short');
  });

  it.each([
    [350, '350 ms'],
    [4200, '4.2 s'],
    [42_000, '42 s'],
    [180_000, '3 min'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h'],
  ])('say %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('are one word for a shell', () => {
    expect(shellWord('/a/b-c.toml')).toBe('/a/b-c.toml');
    expect(shellWord("it's $HOME")).toBe("'it'\\''s $HOME'");
  });
});
