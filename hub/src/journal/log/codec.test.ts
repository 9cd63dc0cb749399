// The stored form of a batch.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decode, EMPTY_HEAD, encode, headAfter } from './codec.js';

const AFTER = { journal: 'j', seq: 6, hash: 'a'.repeat(64) };
const BATCH = {
  id: 'b',
  epoch: 2,
  at: 1_000,
  hub: 'h',
  events: ['{"type":"org.created","org":"ü\\ud800"}', '{"a":1}'],
};

describe('a batch', () => {
  it('is stored as the JSON that the design names, with its events as they were encoded', () => {
    expect(Buffer.from(encode(BATCH, AFTER)).toString()).toBe(
      `{"v":1,"journal":"j","epoch":2,"id":"b","seq":7,"at":1000,"hub":"h","prev":"${AFTER.hash}",` +
        '"events":[{"type":"org.created","org":"ü\\ud800"},{"a":1}]}',
    );
  });

  it('comes back as it was, with its end', () => {
    const bytes = encode(BATCH, AFTER);
    const head = headAfter(AFTER, bytes);
    expect(head).toEqual({ journal: 'j', seq: 7, hash: createHash('sha256').update(bytes).digest('hex') });
    const events = BATCH.events.map((event) => JSON.parse(event) as unknown);
    expect(decode(bytes, 7, AFTER)).toEqual({ ...BATCH, events, head });
  });

  it('may be the first of a journal that is not known yet', () => {
    const start = { journal: 'j', seq: 0, hash: '' };
    expect(decode(encode(BATCH, start), 1, EMPTY_HEAD).head.journal).toBe('j');
  });
});

describe('a stored message is not taken', () => {
  const text = Buffer.from(encode(BATCH, AFTER)).toString();
  const changed = (from: string, to: string) => Buffer.from(text.replace(from, to));

  it.each([
    ['behind a gap', Buffer.from(text), 8, 'gap'],
    ['with another predecessor', changed(AFTER.hash, 'b'.repeat(64)), 7, 'rewritten'],
    ['that was written under another number', changed('"seq":7', '"seq":8'), 7, 'rewritten'],
    ['of another journal', changed('"journal":"j"', '"journal":"k"'), 7, 'foreign'],
    ['of a newer format', changed('"v":1', '"v":2'), 7, 'newer'],
    ['without a part', changed('"hub":"h",', ''), 7, 'damaged'],
    ['that is cut off', Buffer.from(text.slice(0, -1)), 7, 'damaged'],
    ['that is not UTF-8', notUtf8(text), 7, 'damaged'],
    ['that is no object', Buffer.from('7'), 7, 'damaged'],
  ])('%s', (_name, bytes, seq, kind) => {
    expect(() => decode(bytes, seq, AFTER)).toThrow(expect.objectContaining({ name: 'ChainBroken', kind, seq }));
  });
});

/** The text with the second byte of its "ü" made a space, which is still JSON to whoever does not look closely. */
function notUtf8(text: string): Buffer {
  const bytes = Buffer.from(text);
  bytes[bytes.indexOf(0xbc)] = 0x20;
  return bytes;
}
