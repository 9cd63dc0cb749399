import { createHash } from 'node:crypto';
import { LIMITS, type SidecarFrameOf, type TaskDiff } from '@agentcom/schemas';
import { beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '../core/refusal.js';
import { DiffIntake } from './diff-intake.js';

const TASK = '019a8f6c-0000-7000-8000-000000000001';
const ATTEMPT = { task: TASK, generation: 2 };
const AT = '2026-01-31T12:00:00.000Z';

let kept: TaskDiff[];
let isDown: boolean;
let now: number;
let intake: DiffIntake;
let reception: ReturnType<DiffIntake['open']>;

beforeEach(() => {
  kept = [];
  isDown = false;
  now = 0;
  intake = new DiffIntake({
    put: async (_org, diff) => {
      if (isDown) throw new Error('NATS is away');
      kept.push(diff);
    },
    now: () => now,
    onFailed: () => undefined,
  });
  reception = intake.open();
});

const digestOf = (...texts: string[]) => createHash('sha256').update(texts.join('')).digest('hex');

function part(digest: string, number: number, data: string): void {
  reception.part({ ...ATTEMPT, digest, part: number, data });
}

function whole(digest: string, parts: number, more: Partial<SidecarFrameOf<'task.diff'>> = {}) {
  const facts = { stage: 'result', base: 'a'.repeat(40), files: 1, added: 1, removed: 0, items: [] } as const;
  return reception.whole('acme', { type: 'task.diff', id: '1', ...ATTEMPT, digest, parts, ...facts, ...more }, AT);
}

async function say(...texts: string[]) {
  const digest = digestOf(...texts);
  for (const [index, text] of texts.entries()) part(digest, index + 1, text);
  return whole(digest, texts.length);
}

describe('a diff', () => {
  it('is kept as a whole, with when it came', async () => {
    expect(await say('one\n', 'two\n')).toBeUndefined();
    expect(kept).toMatchObject([{ ...ATTEMPT, at: AT, stage: 'result', files: 1, text: 'one\ntwo\n' }]);
    expect(kept[0]).not.toHaveProperty('digest');
  });

  it('of which nothing has changed has no parts', async () => {
    expect(await whole(digestOf(''), 0)).toBeUndefined();
    expect(kept).toMatchObject([{ text: '' }]);
  });

  it('sent again after a lost answer is the same', async () => {
    await say('one\n');
    expect(await say('one\n')).toBeUndefined();
    expect(kept[1]).toEqual(kept[0]);
  });

  it.each([
    ['a part that was left out', () => part(digestOf('ab'), 2, 'b')],
    ['parts in another order', () => [2, 1].forEach((number) => void part(digestOf('ab'), number, 'x'))],
    ['parts of another one', () => part(digestOf('xy'), 1, 'x')],
    ['nothing', () => undefined],
  ])('that has %s is asked for again', async (_what, parts) => {
    parts();
    expect(await whole(digestOf('ab'), 2)).toMatchObject({ code: 'diff.incomplete' });
    expect(await say('a', 'b')).toBeUndefined();
  });

  it('whose text has another digest is refused', async () => {
    part(digestOf('a'), 1, 'b');
    expect(await whole(digestOf('a'), 1)).toMatchObject({ code: 'request.invalid', details: [{ path: '/digest' }] });
    expect(kept).toEqual([]);
  });

  it('that is too long is never held', async () => {
    const piece = 'x'.repeat(LIMITS.outputBytes);
    const pieces = Array.from({ length: LIMITS.diffBytes / LIMITS.outputBytes + 1 }, () => piece);
    expect(await say(...pieces)).toMatchObject({ code: 'diff.incomplete' });
    expect(await say(...pieces.slice(1))).toBeUndefined();
  });

  it('of one connection does not go on over another', async () => {
    part(digestOf('ab'), 1, 'a');
    reception = intake.open();
    part(digestOf('ab'), 2, 'b');
    expect(await whole(digestOf('ab'), 2)).toMatchObject({ code: 'diff.incomplete' });
  });

  it('that comes too soon after many others waits', async () => {
    const long = 'x'.repeat(LIMITS.outputBytes);
    const pieces = Array.from({ length: LIMITS.diffBytes / LIMITS.outputBytes }, () => long);
    for (let count = 0; count < 4; count += 1) expect(await say(...pieces)).toBeUndefined();
    expect(await say('a')).toMatchObject({ code: 'rate.limited', retryAfterMs: expect.any(Number) });
    now += 60_000;
    expect(await say('a')).toBeUndefined();
  });

  it('that cannot be stored may be sent again', async () => {
    isDown = true;
    expect(await say('a')).toMatchObject({ code: 'hub.outcome_unknown' });
    isDown = false;
    expect(await say('a')).toBeUndefined();
  });
});

it('parts of many connections together are bounded, and a closed one gives its share back', async () => {
  const long = 'x'.repeat(LIMITS.outputBytes);
  const pieces = Array.from({ length: LIMITS.diffBytes / LIMITS.outputBytes }, () => long);
  const fill = () => {
    reception = intake.open();
    for (const [index, piece] of pieces.entries()) part(digestOf(...pieces), index + 1, piece);
    return reception;
  };
  const open = Array.from({ length: 128 }, fill);
  fill();
  expect(await whole(digestOf(...pieces), pieces.length)).toBeInstanceOf(Refusal);
  open[0]?.close();
  fill();
  expect(await whole(digestOf(...pieces), pieces.length)).toBeUndefined();
});

it('who waits for the next diff of an attempt hears of it once it is stored, until it has gone', async () => {
  const heard: string[] = [];
  const attempt = { org: 'acme', ...ATTEMPT };
  intake.onNext({ ...attempt, generation: 1 }, () => heard.push('another'));
  const forget = intake.onNext(attempt, () => heard.push('first'));
  intake.onNext(attempt, () => heard.push('second'));
  forget();
  isDown = true;
  await say('a');
  expect(heard).toEqual([]);
  isDown = false;
  await say('a');
  expect(heard).toEqual(['second']);
});
