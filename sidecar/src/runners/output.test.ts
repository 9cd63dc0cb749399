// From the bytes that a process prints to the log: lines, unfinished lines, and masks.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MaskedOutput } from './masked-output.js';
import { LINE_CHARS_MAX, OutputLines } from './output-lines.js';

const SECRET = 'ghp_0123456789abcdefghijABCDEFGHIJ456789';

function bench(secrets: readonly string[] = []) {
  const written: string[] = [];
  const output = new MaskedOutput({ write: (_, data) => written.push(data) }, secrets);
  const heard: string[] = [];
  const lines = new OutputLines({
    line: (line, shown) => {
      heard.push(line);
      output.line('stdout', line, shown);
    },
    part: (line, shown) => output.part('stdout', line, shown),
    cut: (line, shown, omitted) => output.cut('stdout', line, shown, omitted),
  });
  return { lines, output, heard, shown: () => written.join('') };
}

describe('output', () => {
  it('is cut into lines wherever it was cut into pieces', () => {
    const text = 'one\r\ntwo é\n\n::three\n{"four":4}\nfive';
    fc.assert(
      fc.property(fc.array(fc.nat(Buffer.byteLength(text))), fc.boolean(), (cuts, isSlow) => {
        const { lines, heard, shown } = bench();
        const bytes = Buffer.from(text);
        let from = 0;
        let now = 0;
        for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
          lines.push(bytes.subarray(from, to), now);
          from = to;
          now += isSlow ? 250 : 1;
          lines.tick(now);
        }
        lines.end();
        expect(heard).toEqual(['one', 'two é', '', '::three', '{"four":4}', 'five']);
        expect(shown()).toBe('one\ntwo é\n\n::three\n{"four":4}\nfive\n');
      }),
    );
  });

  it('is shown unfinished when it falls silent, but not what may be an event', () => {
    const { lines, shown } = bench();
    lines.push(Buffer.from('{"a":1, '), 0);
    lines.tick(1_000);
    expect(shown()).toBe('');
    lines.push(Buffer.from('}\nPassword for tern: '), 1_000);
    lines.tick(1_249);
    expect(shown()).toBe('{"a":1, }\n');
    lines.tick(1_250);
    expect(shown()).toBe('{"a":1, }\nPassword for tern: ');
  });

  it('shows no part of a secret, wherever it falls silent', () => {
    const text = `a ${SECRET} b "correct horse battery" PASSWORD=hunter2hunter2 Authorization: Bearer abcdefghij1234567890 c`;
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const { lines, shown } = bench(['correct horse battery']);
        let from = 0;
        let now = 0;
        for (const to of [...cuts.sort((a, b) => a - b), text.length]) {
          lines.push(Buffer.from(text.slice(from, to)), now);
          from = to;
          now += 1_000;
          lines.tick(now);
        }
        lines.end();
        expect(shown()).not.toMatch(/ghp_|0123|horse|battery|hunter|abcdef|67890/);
        expect(shown().match(/\[masked\]/g)?.length).toBeGreaterThanOrEqual(4);
      }),
    );
  });

  it('has a very long line whole, as one event, and a longer one cut, without a part of a secret', () => {
    const { lines, heard, shown } = bench();
    const event = `{"data":"${'x'.repeat(LINE_CHARS_MAX - 100)}"}`;
    for (let at = 0; at < event.length; at += 65_536) lines.push(Buffer.from(event.slice(at, at + 65_536)), 0);
    lines.push(Buffer.from('\n'), 0);
    expect(heard).toEqual([event]);
    const before = shown().length;
    lines.push(Buffer.from(`${'y '.repeat(8_180)}${SECRET}`), 0);
    for (let n = 0; n < 200; n += 1) lines.push(Buffer.from('z'.repeat(65_536)), 0);
    lines.push(Buffer.from('\nnext\n'), 0);
    expect(heard.slice(1)).toEqual(['next']);
    expect(shown().slice(before)).toMatch(/^(y ){8180} ?\[… \d+ more characters of this line left out …\]\nnext\n$/);
  });

  it('keeps its end, and masks the lines of a private key', () => {
    const { lines, output, shown } = bench();
    lines.push(
      Buffer.from(`${'é'.repeat(3_000)}\n-----BEGIN PRIVATE KEY-----\nMIIEow\n-----END PRIVATE KEY-----\ndone\n`),
      0,
    );
    expect(shown()).not.toContain('MIIEow');
    expect(output.tail.endsWith('[masked]\ndone\n')).toBe(true);
    expect(Buffer.byteLength(output.tail)).toBeLessThanOrEqual(2_048);
  });
});
