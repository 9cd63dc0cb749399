// Held against the reader of `ws`, which every sidecar uses.

import type { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import * as ws from 'ws';
import { textFrames } from './text-frames.js';

// Its types leave it out.
const { Receiver } = ws as unknown as { readonly Receiver: new () => Writable };

function read(bytes: Buffer): Promise<string[]> {
  const receiver = new Receiver();
  const texts: string[] = [];
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    expect(isBinary).toBe(false);
    texts.push(data.toString());
  });
  return new Promise((resolve, reject) => {
    receiver.on('error', reject);
    receiver.on('finish', () => resolve(texts));
    receiver.end(bytes);
  });
}

test.each([
  ['the empty one', ['']],
  ['several', ['a', 'b', 'c']],
  ['either side of each length of header', [125, 126, 65_535, 65_536, 200_000].map((size) => 'x'.repeat(size))],
  ['such with characters of several bytes', ['é'.repeat(62), 'é'.repeat(63), '🚀 and a half', '\u0000']],
])('texts come out as they went in: %s', async (_what, texts) => {
  expect(await read(textFrames(texts))).toEqual(texts);
});
