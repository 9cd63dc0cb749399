import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordsOf } from './words.js';

describe('a command line', () => {
  it.each([
    ['npm test', ['npm', 'test']],
    ['  make \t -j2  ', ['make', '-j2']],
    [`sh -c 'echo "$HOME" | wc; x*'`, ['sh', '-c', 'echo "$HOME" | wc; x*']],
    ['echo "a b"\'c d\'e\\ f', ['echo', 'a bc de f']],
    ['echo "\\"\\\\\\$\\` \\n"', ['echo', '"\\$` \\n']],
    ['echo \'\' ""', ['echo', '', '']],
    ['npm run test:unit -- --grep=a#b x~y', ['npm', 'run', 'test:unit', '--', '--grep=a#b', 'x~y']],
    ['echo \\| \\; \\&', ['echo', '|', ';', '&']],
    ['env CI=1 npm test', ['env', 'CI=1', 'npm', 'test']],
    ['echo é→', ['echo', 'é→']],
  ])('%j has the words %j', (line, words) => {
    expect(wordsOf(line)).toEqual({ ok: true, words });
  });

  it.each([
    ['npm test && npm run lint', '&'],
    ['npm test | tee log', '|'],
    ['npm test; true', ';'],
    ['npm test > log', '>'],
    ['wc < log', '<'],
    ['echo $HOME', '$'],
    ['echo "$HOME"', '$'],
    ['echo "`id`"', '`'],
    ['echo `id`', '`'],
    ['(cd x)', '('],
    ['ls *.ts', '*'],
    ['ls a?', '?'],
    ['ls [ab]', '['],
    ['ls ~/x', '~'],
    ['npm test # all', '#'],
    ['CI=1 npm test', 'variable'],
    ['a\nb', 'line break'],
    ["echo 'a", 'not closed'],
    ['echo "a', 'not closed'],
    ['echo a\\', 'backslash'],
    ['  ', 'not name a program'],
    ["''", 'not name a program'],
  ])('%j is refused for its %s', (line, problem) => {
    expect(wordsOf(line)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  it('gives back any words that were quoted', () => {
    const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word), (args) => {
        const line = ['run', ...args.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`)].join(' ');
        expect(wordsOf(line)).toEqual({ ok: true, words: ['run', ...args] });
      }),
    );
  });
});
