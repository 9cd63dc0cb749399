// From the bytes that a process prints to the log: lines, unfinished lines, and masks.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SECRET_CASES } from '../core/secret-fixture.js';
import { MaskedOutput } from './masked-output.js';
import { EVENT_CHARS_MAX, LINE_CHARS_MAX, OutputLines } from './output-lines.js';

const SECRET = 'ghp_0123456789abcdefghijABCDEFGHIJ456789';

function outputBench(secrets: readonly string[] = []) {
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
    event: (line) => heard.push(line),
    gap: (bytes) => output.gap('stdout', bytes),
  });
  const shown = () => {
    output.flush();
    return written.join('');
  };
  return { lines, output, heard, shown };
}

describe('output', () => {
  it('is cut into lines wherever it was cut into pieces', () => {
    const text = 'one\r\ntwo é\n\n::three\n{"four":4}\nfive';
    fc.assert(
      fc.property(fc.array(fc.nat(Buffer.byteLength(text))), fc.boolean(), (cuts, isSlow) => {
        const { lines, heard, shown } = outputBench();
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
    const { lines, shown } = outputBench();
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
        const { lines, shown } = outputBench(['correct horse battery']);
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

  it('shows no part of a secret of any format, wherever it falls silent once', () => {
    for (const { name, line, secret } of SECRET_CASES) {
      const pieces = Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8));
      for (let cut = 1; cut < line.length; cut += 1) {
        const { lines, shown } = outputBench();
        lines.push(Buffer.from(line.slice(0, cut)), 0);
        lines.tick(1_000);
        lines.push(Buffer.from(line.slice(cut)), 2_000);
        lines.end();
        const found = pieces.find((piece) => shown().includes(piece));
        expect(found, `${name}, cut at ${cut}: ${shown()}`).toBeUndefined();
      }
    }
  });

  it('has a very long line whole, as one event, and a longer one cut, without a part of a secret', () => {
    const { lines, heard, shown } = outputBench();
    const event = `{"data":"${'x'.repeat(EVENT_CHARS_MAX - 100)}"}`;
    for (let at = 0; at < event.length; at += 65_536) lines.push(Buffer.from(event.slice(at, at + 65_536)), 0);
    lines.push(Buffer.from('\n'), 0);
    expect(heard).toEqual([event]);
    const before = shown().length;
    lines.push(Buffer.from(`${'y '.repeat(8_180)}${SECRET}`), 0);
    for (let n = 0; n < 200; n += 1) lines.push(Buffer.from('z'.repeat(65_536)), 0);
    lines.push(Buffer.from('\n'), 0);
    lines.push(Buffer.from('next\n'), 60_000);
    expect(heard.slice(1)).toEqual(['next']);
    expect(shown().slice(before)).toMatch(/^(y ){8180} ?\[… \d+ more characters of this line left out …\]\nnext\n$/);
  });

  it.each([0, 40])(
    'is heard where an event ends a line that was cut or left out (after %i lines too many)',
    (lines) => {
      const event = '{"type":"result","text":"é"}';
      const line = Buffer.from(`${'z'.repeat(2 * LINE_CHARS_MAX)}${event}\nwait… ${event}\nlast ${event}`);
      fc.assert(
        fc.property(fc.array(fc.integer({ min: line.length - 100, max: line.length })), (cuts) => {
          const bench = outputBench();
          for (let n = 0; n < lines; n += 1) bench.lines.push(Buffer.from(`${'x'.repeat(65_535)}\n`), 0);
          const before = bench.heard.length;
          let from = 0;
          for (const to of [...cuts.sort((a, b) => a - b), line.length]) {
            bench.lines.push(line.subarray(from, to), 0);
            from = to;
          }
          bench.lines.end();
          const events = bench.heard.slice(before).map((text) => text.slice(text.indexOf('{')));
          expect(events).toEqual([event, event, event]);
        }),
        { numRuns: 30 },
      );
    },
  );

  it.each([1_999, 65_536])('that comes too fast is left out but for events and its newest lines (%i)', (size) => {
    const { lines, heard, shown } = outputBench();
    const text = Array.from({ length: 40_000 }, (_, n) =>
      n % 10_000 === 5_000 ? `{"event":${n}}\n` : `line ${n} of a build that prints and prints and prints ✓\n`,
    ).join('');
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) lines.push(bytes.subarray(at, at + size), 0);
    lines.end();
    const events = heard.filter((line) => line.startsWith('{'));
    expect(events).toEqual([5_000, 15_000, 25_000, 35_000].map((n) => `{"event":${n}}`));
    const [before = '', gap, after = ''] = shown().split(/^\[… (\d+) bytes of output left out.*\]\n/m);
    expect(text.startsWith(before)).toBe(true);
    expect(text.endsWith(after)).toBe(true);
    expect(Number(gap)).toBeGreaterThan(1_000_000);
    expect(Buffer.byteLength(before)).toBeGreaterThan(1024 * 1024 - 1_000);
    expect(Buffer.byteLength(after)).toBeGreaterThan(8_000);
    expect(Math.abs(Buffer.byteLength(before + after) + Number(gap) - bytes.length)).toBeLessThan(200);
  });

  it('that is left out costs no event, wherever it was cut and whatever bytes are before', () => {
    const half = Buffer.from('é').subarray(0, 1);
    const bytes = Buffer.concat([
      half,
      Buffer.from('\nthe last line\n{"a":1}\n::b\n'),
      half,
      Buffer.from('\n{"c":3}\n'),
    ]);
    const full = Buffer.from(`${'x'.repeat(65_535)}\n`);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const { lines, heard } = outputBench();
        for (let n = 0; n < 40; n += 1) lines.push(full, 0);
        const before = heard.length;
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
          lines.push(bytes.subarray(from, to), 0);
          from = to;
        }
        expect(heard.slice(before).filter((line) => /^[{:]/.test(line))).toEqual(['{"a":1}', '::b', '{"c":3}']);
      }),
    );
  });

  it('is shown again when there is room again', () => {
    const { lines, shown } = outputBench();
    const many = Buffer.from('a line that is long enough\n'.repeat(2_000));
    for (let n = 0; n < 40; n += 1) lines.push(many, 0);
    lines.push(Buffer.from('later\n'), 1_000);
    expect(shown()).toMatch(/bytes of output left out: .*\](\na line that is long enough)+\nlater\n$/);
  });

  it('that is no text is shown as far as it is, and its lines are told apart', () => {
    const { lines, heard } = outputBench();
    const half = Buffer.from('é').subarray(0, 1);
    lines.push(Buffer.concat([Buffer.from([0, 1, 255, 254, 10]), half, Buffer.from('\nok\n{"a":1}\n'), half]), 0);
    lines.end();
    expect(heard).toEqual(['\0\u0001\uFFFD\uFFFD', '\uFFFD', 'ok', '{"a":1}', '\uFFFD']);
  });

  it('keeps its end, and masks the lines of a private key', () => {
    const { lines, output, shown } = outputBench();
    lines.push(
      Buffer.from(`${'é'.repeat(3_000)}\n-----BEGIN PRIVATE KEY-----\nMIIEow\n-----END PRIVATE KEY-----\ndone\n`),
      0,
    );
    expect(shown()).not.toContain('MIIEow');
    expect(output.tail.endsWith('[masked]\ndone\n')).toBe(true);
    expect(Buffer.byteLength(output.tail)).toBeLessThanOrEqual(2_048);
  });
});
