import { expect, test } from 'vitest';
import { LogWindow } from './log-window.js';

const agent = (data: string) => ({ data, stream: 'agent' as const });
const item = (line: number, text = `line ${line}`) => ({ line, stream: 'agent' as const, text });
const items = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => item(from + i));
const answer = (from: number, to: number, lines: number) => ({ items: items(from, to), lines, colours: '' });

test('asks for what is not here, around what is in sight', () => {
  const log = new LogWindow({ blockLines: 10, blocks: 5, chars: 1_000 });
  log.begin(answer(91, 100, 100));
  expect(log.total).toBe(100);
  expect(log.see(95, 100)).toBeUndefined();
  expect(log.see(80, 100)).toEqual({ from: 80, limit: 10 });
  expect(log.see(50, 53)).toEqual({ from: 47, limit: 10 });
  log.put(answer(47, 56, 100));
  expect(log.see(50, 53)).toBeUndefined();
  expect(log.line(50)).toEqual({ stream: 'agent', text: 'line 50', carried: '' });
  expect(log.line(57)).toBeUndefined();
  expect(log.see(54, 58)).toEqual({ from: 53, limit: 10 });
  expect(log.see(1, 3)).toEqual({ from: 1, limit: 10 });
  expect(log.see(99, 120)).toBeUndefined();
});

test('what comes goes on behind the last lines, in the middle of one too', () => {
  const log = new LogWindow();
  log.begin({ items: [item(6), item(7, 'seven and a ')], lines: 7, open: 'agent', colours: '' });
  log.append(agent('half\neight'));
  expect([6, 7, 8].map((n) => log.line(n)?.text)).toEqual(['line 6', 'seven and a half', 'eight']);
  expect(log.total).toBe(8);
  log.append({ data: 'oops\n', stream: 'stderr' });
  expect(log.line(9)).toEqual({ stream: 'stderr', text: 'oops', carried: '' });
  // An answer that was on its way since before is not newer.
  log.put({ items: [item(7, 'seven and a ')], lines: 7, colours: '' });
  expect([log.line(7)?.text, log.total]).toEqual(['seven and a half', 9]);
});

test('colours go on from line to line, into what comes too', () => {
  const log = new LogWindow();
  log.put({ items: [item(1, 'red'), item(2, 'plain\u001b[0m'), item(3)], lines: 4, colours: '\u001b[31m' });
  expect([1, 2, 3].map((n) => log.line(n)?.carried)).toEqual(['\u001b[31m', '\u001b[31m', '']);
  log.begin({ items: [item(4, '\u001b[32mgreen'), item(5, 'st')], lines: 5, open: 'agent', colours: '' });
  log.append(agent('ill\nback\u001b[0m\nplain\n'));
  expect([5, 6, 7].map((n) => log.line(n)?.carried)).toEqual(['\u001b[32m', '\u001b[32m', '']);
});

test('keeps what was seen of late', () => {
  const log = new LogWindow({ blockLines: 10, blocks: 3, chars: 1_000 });
  log.begin(answer(91, 100, 100));
  for (const from of [1, 11, 21]) {
    log.see(95, 96);
    log.put(answer(from, from + 9, 100));
  }
  expect([1, 11, 21, 95].map((n) => log.line(n)?.text)).toEqual([undefined, 'line 11', 'line 21', 'line 95']);
  const long = new LogWindow({ blockLines: 10, blocks: 30, chars: 100 });
  for (let n = 1; n <= 100; n++) long.append(agent(`${'x'.repeat(9)}\n`));
  expect([long.line(100)?.text, long.line(60), long.total]).toEqual(['x'.repeat(9), undefined, 100]);
});

test('a log that is counted anew is another one', () => {
  const log = new LogWindow();
  log.begin(answer(1, 10, 10));
  log.begin({ ...answer(1, 4, 4), items: [item(1, 'x'), ...items(2, 4)] });
  expect([log.total, log.line(1)?.text, log.line(5)]).toEqual([4, 'x', undefined]);
});
