import { describe, expect, it } from 'vitest';
import { columnsOf } from './columns.js';
import { fields, table } from './layout.js';
import { Output } from './output.js';
import { testWorld } from './testing.js';

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
    expect(table(output(), rows, COLUMNS, 'none')).toBe('NAME  NOTE\na     first\n日本  second');
  });

  it('fits a terminal by cutting the column that stretches, and nothing elsewhere', () => {
    const rows = [{ name: 'a', note: 'x'.repeat(200) }];
    const lines = table(output({ isTerminal: true, env: { NO_COLOR: '1' } }), rows, COLUMNS, 'none').split('\n');
    expect(lines.map((line) => columnsOf(line))).toEqual([10, 80]);
    expect(table(output(), rows, COLUMNS, 'none')).toContain('x'.repeat(200));
  });

  it('leaves out what a narrow terminal has no room for, and nothing elsewhere', () => {
    const rows = [{ name: 'a', note: 'first' }];
    const heads = (wideFrom: number, isTerminal: boolean) => {
      const columns = COLUMNS.map((column) => (column.head === 'NOTE' ? { ...column, wideFrom } : column));
      return table(output({ isTerminal, env: { NO_COLOR: '1' } }), rows, columns, 'none').split('\n', 1)[0];
    };
    expect([heads(81, true), heads(80, true), heads(81, false)]).toEqual(['NAME', 'NAME  NOTE', 'NAME  NOTE']);
  });

  it('keeps what comes from others in its cell', () => {
    const rows = [{ name: 'a\nb', note: '\u001b[2J\u0007\u202eevil' }];
    expect(table(output(), rows, COLUMNS, 'none').split('\n')[1]).toBe('a b   ·[2J··evil');
  });

  it('cuts by columns, not within a character or an emoji of several', () => {
    const rows = [{ name: 'a', note: '👩‍💻'.repeat(60) }];
    const [, line = ''] = table(output({ isTerminal: true, env: { NO_COLOR: '1' } }), rows, COLUMNS, 'none').split(
      '\n',
    );
    expect(columnsOf(line)).toBeLessThanOrEqual(80);
    expect(line).toMatch(/^a {5}(👩‍💻)+…$/u);
  });

  it('is made of whatever others wrote, also where it cannot be measured', () => {
    const columns = [{ head: 'N', of: (row: { name: string }) => row.name, clip: 2 }];
    const rows = [{ name: '1\u200b\u200b\ufe0f👩' }];
    expect(table(output({ isTerminal: true, env: { NO_COLOR: '1' } }), rows, columns, 'none')).toContain('…');
  });
});

it('named values have their further lines under the first, and those without a value are left out', () => {
  const pairs = [
    ['id', '1'],
    ['summary', 'one\ntwo'],
    ['branch', undefined],
  ] as const;
  expect(fields(output(), pairs)).toBe('id       1\nsummary  one\n         two');
});
