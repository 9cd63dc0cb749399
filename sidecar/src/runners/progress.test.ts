import { describe, expect, it } from 'vitest';
import { parseProgress } from './progress.js';
import { LINE_CHARS_MAX, ProgressLines } from './progress-lines.js';

describe('lines of progress', () => {
  it('are found among others, also in pieces, and the newest counts', () => {
    const lines = new ProgressLines();
    expect(lines.push(Buffer.from('hello\n::agentcom {"a"'))).toBeUndefined();
    expect(lines.push(Buffer.from(':1}\n::agentcom {"b":2}\nmore'))).toBe('{"b":2}');
  });

  it('are whole lines: neither the middle of one nor an endless one', () => {
    const lines = new ProgressLines();
    expect(lines.push(Buffer.from('x ::agentcom {}\n'))).toBeUndefined();
    for (let n = 0; n < 100; n += 1)
      expect(lines.push(Buffer.from('::agentcom '.repeat(LINE_CHARS_MAX / 64)))).toBeUndefined();
    expect(lines.push(Buffer.from('\n::agentcom {}\n'))).toBe('{}');
  });

  it('may be cut inside a character', () => {
    const bytes = Buffer.from('::agentcom "é"\n');
    const lines = new ProgressLines();
    lines.push(bytes.subarray(0, 13));
    expect(lines.push(bytes.subarray(13))).toBe('"é"');
  });
});

describe('a message of progress', () => {
  it.each([
    ['{"progress":{"note":"half"}}', { note: 'half' }],
    ['{"progress":{"fraction":0.5,"more":1}}', { fraction: 0.5 }],
    ['{"progress":{"note":"x","fraction":7}}', { note: 'x' }],
    [`{"progress":{"note":"${'é'.repeat(2000)}"}}`, { note: 'é'.repeat(1024) }],
    ['{"progress":{"note":"\\ud800"}}', { note: '\ufffd' }],
  ])('%s is read', (text, progress) => {
    expect(parseProgress(text)).toEqual(progress);
  });

  it.each(['', 'null', '[]', '{"progress":1}', '{"progress":{}}', '{"progress":{"note":""}}', '{"done":true}'])(
    '%j tells nothing',
    (text) => {
      expect(parseProgress(text)).toBeUndefined();
    },
  );
});
