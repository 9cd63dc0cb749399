import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from './limits.js';
import { countLines, type LineCount, LineReader, type OutputText, type TextLine } from './output-lines.js';

const agent = (data: string): OutputText => ({ stream: 'agent', data });

function linesOf(pieces: readonly OutputText[]): TextLine[] {
  const reader = new LineReader();
  const whole = pieces.flatMap((piece) => reader.read(piece));
  return reader.open === undefined ? whole : [...whole, reader.open];
}

const textsOf = (pieces: readonly OutputText[]) => linesOf(pieces).map(({ text }) => text);

describe('lines', () => {
  test('are whole, however they were cut into pieces', () => {
    expect(textsOf(['one\ntw', 'o\n', '\nfour', '!\n', 'five'].map(agent))).toEqual([
      'one',
      'two',
      '',
      'four!',
      'five',
    ]);
    expect(textsOf([])).toEqual([]);
    expect(textsOf([agent('')])).toEqual([]);
    expect(textsOf([agent('a\r'), agent('\nb')])).toEqual(['a\r', 'b']);
  });

  test('of one stream do not end those of another', () => {
    const lines = linesOf([agent('half'), { stream: 'stderr', data: 'oops\n' }, agent('next\n')]);
    expect(lines).toEqual([
      { line: 1, stream: 'agent', text: 'half' },
      { line: 2, stream: 'stderr', text: 'oops' },
      { line: 3, stream: 'agent', text: 'next' },
    ]);
  });

  test('that are longer than is kept say so, and no character is cut', () => {
    const fits = 'x'.repeat(LIMITS.outputLineChars - 1);
    expect(linesOf([agent(`${fits}y\n`)])[0]).not.toHaveProperty('cut');
    expect(linesOf([agent(fits), agent('🎉 and more\n'), agent('next')])).toMatchObject([
      { text: fits, cut: true },
      { line: 2, text: 'next' },
    ]);
  });
});

const pieces = fc.array(
  fc.record({
    stream: fc.constantFrom('agent' as const, 'stderr' as const),
    data: fc
      .array(fc.constantFrom('a', 'é', '漢', '🎉', '\n', '\r\n', '\r', ' '), { maxLength: 12 })
      .map((parts) => parts.join('')),
  }),
  { maxLength: 12 },
);

/** The text of each stream for as long as no other comes between, split. */
function modelOf(parts: readonly OutputText[]): { readonly stream: string; readonly text: string }[] {
  const runs: OutputText[] = [];
  for (const { stream, data } of parts.filter((one) => one.data !== '')) {
    const last = runs.at(-1);
    if (last?.stream === stream) runs[runs.length - 1] = { stream, data: last.data + data };
    else runs.push({ stream, data });
  }
  return runs.flatMap(({ stream, data }) => {
    const texts = data.split('\n');
    if (texts.at(-1) === '') texts.pop();
    return texts.map((text) => ({ stream, text }));
  });
}

test('any pieces are the lines of the whole text', () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      expect(linesOf(parts)).toEqual(modelOf(parts).map((one, i) => ({ line: i + 1, ...one })));
    }),
  );
});

test('they are counted as they are read, from any place on', () => {
  fc.assert(
    fc.property(pieces, fc.nat(12), (parts, at) => {
      let count: LineCount = { lines: 0 };
      for (const piece of parts.slice(0, at)) count = countLines(count, piece);
      const reader = new LineReader(count);
      for (const piece of parts.slice(at)) {
        count = countLines(count, piece);
        reader.read(piece);
        expect(reader.count).toEqual(count);
      }
      expect(count.lines).toBe(modelOf(parts).length);
    }),
  );
});
