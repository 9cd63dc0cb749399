// Lines of stored output, read by their numbers and searched, against the whole text split into lines.

import type { OutputPiece } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas';
import { carriedAfter, plainText } from '@agentcom/schemas/terminal-text';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineIndex } from './line-index.js';
import { type LinesRequest, OutputLines } from './output-lines.js';
import type { ReadRequest } from './output-stream.js';

/** A stream as NATS would have it: each message has a number, the oldest may be gone. */
class Stream {
  readonly messages: { readonly seq: number; readonly pieces: readonly OutputPiece[] }[] = [];
  /** Messages that were read. */
  reads = 0;
  #seq = 0;
  #outputSeq = 0;

  store(...texts: readonly (string | readonly ['agent' | 'stderr', string])[]): void {
    const pieces = texts.map((text) => {
      const [stream, data] = typeof text === 'string' ? (['agent', text] as const) : text;
      return { generation: 1, outputSeq: ++this.#outputSeq, stream, at: '', data };
    });
    this.#seq += 2;
    this.messages.push({ seq: this.#seq, pieces });
  }

  /** By a hub that had lost the lead. */
  storeAgain(): void {
    this.#seq += 2;
    this.messages.push({ seq: this.#seq, pieces: this.messages.at(-1)?.pieces ?? [] });
  }

  async *read({ after, at = 1 }: ReadRequest) {
    yield { pieces: [], seq: at - 1 };
    let done = after?.outputSeq ?? 0;
    for (const { seq, pieces } of this.messages.filter((one) => one.seq >= at)) {
      this.reads += 1;
      yield { seq, pieces: pieces.filter(({ outputSeq }) => outputSeq > done) };
      done = Math.max(done, pieces.at(-1)?.outputSeq ?? 0);
    }
  }

  async end(): Promise<number> {
    return this.messages.at(-1)?.seq ?? 0;
  }

  remember(): void {
    // Nobody follows it.
  }
}

let time = 0;
const now = () => time;

function reader(stream: Stream, newIndex = () => new LineIndex()) {
  const lines = new OutputLines({ output: stream, now, newIndex });
  return (more: Partial<LinesRequest> = {}) =>
    lines.read({ org: 'o', task: 't', generation: 1, from: 1, limit: 1_000, signal: never, ...more });
}

const never = new AbortController().signal;
const line = (n: number, text: string, stream = 'agent') => ({ line: n, stream, text });

test('lines come by their numbers, from the first, from any, and from the end', async () => {
  const stream = new Stream();
  const read = reader(stream);
  expect(await read()).toEqual({
    ...{ generation: 1, items: [], next: null, lines: 0, counted: true, cursor: null, colours: '' },
  });
  stream.store('one\ntw', 'o\nthree');
  expect(await read({ limit: 2 })).toEqual({
    ...{ generation: 1, items: [line(1, 'one'), line(2, 'two')], next: 3, colours: '' },
    ...{ lines: 3, open: 'agent', counted: true, cursor: '1.2' },
  });
  expect(await read({ from: 3 })).toMatchObject({ items: [line(3, 'three')], next: null });
  expect(await read({ last: 2 })).toMatchObject({ items: [line(2, 'two'), line(3, 'three')], next: null });
  expect(await read({ from: 4 })).toMatchObject({ items: [], next: null });
  stream.store('!\n');
  expect(await read({ from: 3 })).toMatchObject({ items: [line(3, 'three!')], lines: 3, cursor: '1.3' });
});

test('what is far into a long output is read from near there', async () => {
  const stream = new Stream();
  const text = (n: number) => `${n} ${'x'.repeat(98)}`;
  for (let n = 0; n < 1_000; n++) {
    stream.store(Array.from({ length: 1_000 }, (_, i) => `${text(n * 1_000 + i + 1)}\n`).join(''));
  }
  const read = reader(stream);
  const { lines } = await read({ last: 1 });
  expect(lines).toBe(1_000_000);
  const counted = stream.reads;
  const { items, next } = await read({ from: 900_000, limit: 200 });
  expect(items).toHaveLength(200);
  expect(items[0]).toEqual(line(900_000, text(900_000)));
  expect(next).toBe(900_200);
  expect(stream.reads - counted).toBeLessThan(8);
});

test('an answer is bounded, and the next one goes on', async () => {
  const stream = new Stream();
  for (let n = 1; n <= 100; n++) stream.store(`${'x'.repeat(LIMITS.outputLineChars)}${n}\n`);
  const read = reader(stream);
  const { items, next } = await read();
  expect(items).toHaveLength(LIMITS.outputLinesChars / LIMITS.outputLineChars);
  expect(items[0]).toMatchObject({ cut: true });
  expect(next).toBe(items.length + 1);
  expect((await read({ from: next ?? 0 })).items[0]).toMatchObject({ line: next });
});

test('what takes long is answered in parts', async () => {
  const stream = new Stream();
  for (let n = 1; n <= 50; n++) stream.store(`line ${n} ${'x'.repeat(200_000)}\n`);
  const slow = new OutputLines({ output: stream, now: () => (time += 100) });
  const ask = (more: Partial<LinesRequest>) =>
    slow.read({ org: 'o', task: 't', generation: 1, from: 1, limit: 10, signal: never, ...more });
  const first = await ask({ last: 5 });
  expect(first).toMatchObject({ counted: false, items: [] });
  expect(first.lines).toBeGreaterThan(0);
  let answers = 1;
  for (let counted = false; !counted; answers++) counted = (await ask({ last: 5 })).counted;
  expect(answers).toBeGreaterThan(3);
  const found: number[] = [];
  for (let from: number | null = 1; from !== null; ) {
    const answer = await ask({ from, q: 'line 5' });
    found.push(...answer.items.map((one) => one.line));
    from = answer.next;
    answers++;
  }
  expect(found).toEqual([5, 50]);
});

test('however little time there is, the next answer is about what is further on', async () => {
  const stream = new Stream();
  for (let n = 1; n <= 30; n++) stream.store(n % 10 === 0 ? 'end\n' : 'x'.repeat(10));
  const slow = new OutputLines({ output: stream, now: () => (time += 10_000) });
  const found: number[] = [];
  for (let [from, answers]: [number | null, number] = [1, 0]; from !== null && answers < 100; answers++) {
    const answer = await slow.read({ org: 'o', task: 't', generation: 1, from, limit: 10, q: 'end', signal: never });
    found.push(...answer.items.map((one) => one.line));
    from = answer.next;
  }
  expect(found).toEqual([1, 2, 3]);
});

test('a line that never ends holds up nobody', async () => {
  const stream = new Stream();
  stream.store('first\n');
  for (let n = 1; n <= 500; n++) stream.store('x'.repeat(100_000));
  stream.store('\nlast\n');
  const read = reader(stream);
  await read({ last: 1 });
  const counted = stream.reads;
  expect(await read({ last: 1 })).toMatchObject({ items: [line(3, 'last')] });
  expect(stream.reads - counted).toBeLessThan(8);
});

test('text is found in any case and through colours, in whole lines alone', async () => {
  const stream = new Stream();
  stream.store('An Err\u001b[3', '1mor\u001b[0m\nnothing\nloading 10 %\rerror gone\rdone\n');
  stream.store('ERR', 'OR at last');
  const read = reader(stream);
  expect((await read({ q: 'eRRor' })).items.map((one) => one.line)).toEqual([1, 4]);
  expect(await read({ q: 'gone' })).toMatchObject({ items: [], next: null });
  expect((await read({ q: 'error', limit: 1 })).next).toBe(2);
  expect((await read({ q: 'error', from: 2 })).items).toEqual([line(4, 'ERROR at last')]);
});

test('a colour holds although its code was cut in two', async () => {
  const stream = new Stream();
  const read = reader(stream, () => new LineIndex(1));
  stream.store('\u001b[3');
  stream.store(['stderr', ''], '2mgreen\n');
  stream.store('still\n');
  expect(await read({ from: 2 })).toMatchObject({ items: [line(2, 'still')], colours: '\u001b[32m' });
});

test('a code that is cut off by the other stream hides nothing of that', async () => {
  const stream = new Stream();
  const read = reader(stream);
  stream.store('\u001b[3');
  stream.store(['stderr', 'an error\r\n']);
  expect((await read({ q: 'an' })).items).toEqual([line(2, 'an error\r', 'stderr')]);
});

test('what was stored twice counts once, and what was removed is counted anew', async () => {
  const stream = new Stream();
  stream.store('one\n');
  stream.storeAgain();
  stream.store('two\n');
  const read = reader(stream);
  expect((await read()).lines).toBe(2);
  stream.messages.splice(0, 2);
  expect(await read()).toMatchObject({ items: [line(1, 'two')], lines: 1 });
  stream.messages.length = 0;
  expect(await read()).toMatchObject({ items: [], lines: 0 });
});

const texts = fc
  .array(
    fc.constantFrom('a', 'B', 'é', '漢', '🎉', '\n', '\r\n', '\r', '\u001b[31m', '\u001b[0m', '\u001b[3', '2m', 'ab'),
    { maxLength: 10 },
  )
  .map((parts) => parts.join(''));
const piece = fc.tuple(fc.constantFrom('agent' as const, 'stderr' as const), texts);

test('any range and any search are those of the whole text', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(piece, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
      fc.nat(30),
      fc.integer({ min: 1, max: 10 }),
      fc.constantFrom('a', 'ab', 'É', '🎉'),
      fc.integer({ min: 2, max: 8 }),
      async (batches, start, limit, q, marks) => {
        const stream = new Stream();
        const read = reader(stream, () => new LineIndex(1, marks));
        for (const batch of batches) {
          stream.store(...batch);
          // Counted further each time, so that marks lie anywhere.
          await read({ last: 1 });
        }
        const model = modelOf(batches.flat());
        const from = start + 1;
        const range = await read({ from, limit });
        expect(range.items).toEqual(model.slice(start, start + limit));
        expect(range.next).toBe(start + limit < model.length ? from + limit : null);
        expect(range.lines).toBe(model.length);
        if (range.items.length > 0) {
          const before = model.slice(0, start).reduce((held, { text }) => carriedAfter(text, held), '');
          expect(range.colours).toBe(before);
        }
        const has = ({ text }: { readonly text: string }) => plainText(text).toLowerCase().includes(q.toLowerCase());
        expect((await read({ from, q })).items).toEqual(model.slice(start).filter(has));
      },
    ),
  );
});

function modelOf(parts: readonly (readonly [string, string])[]) {
  const runs: [string, string][] = [];
  for (const [stream, data] of parts.filter(([, text]) => text !== '')) {
    const last = runs.at(-1);
    if (last?.[0] === stream) last[1] += data;
    else runs.push([stream, data]);
  }
  const all = runs.flatMap(([stream, data]) => {
    const split = data.split('\n');
    if (split.at(-1) === '') split.pop();
    return split.map((text) => ({ stream, text }));
  });
  return all.map(({ stream, text }, i) => line(i + 1, text, stream));
}
