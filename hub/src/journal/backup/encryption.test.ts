// Encrypted backups: whole, damaged in every way, and with the wrong key.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackupWriter, describeBackup, type Manifest, readBackupFile } from './backup-file.js';
import { readBackupKey } from './backup-key.js';
import { BackupFile } from './backup-source.js';

/** More than two chunks, however well it is compressed. */
const ITEMS = 30;
const ITEM_BYTES = 32 * 1024;
const HEAD_LINES = 2;
const manifest: Manifest = { v: 1, kind: 'backup', createdAt: 1, hubVersion: '0.1.0', head: null };

let directory: string;
let file: string;
let keyFile: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentcom-test-'));
  file = join(directory, 'one.backup');
  keyFile = join(directory, 'one.key');
  await writeFile(keyFile, `${randomBytes(32).toString('hex')}\n`);
});
afterEach(() => rm(directory, { recursive: true }));

async function write(to = file, key: string | undefined = keyFile): Promise<string[]> {
  const writer = await BackupWriter.create(to, manifest, key);
  const items = Array.from({ length: ITEMS }, () => JSON.stringify(randomBytes(ITEM_BYTES).toString('base64')));
  await writer.begin('bodies');
  for (const item of items) await writer.item(item);
  await writer.end();
  await writer.finish();
  return items;
}

async function read(from = file, key: string | undefined = keyFile): Promise<string[]> {
  const items: string[] = [];
  for await (const line of readBackupFile(from, { keyFile: key })) {
    if (line.k === 'item') items.push(line.json.toString());
  }
  return items;
}

/** Where the head ends, and each chunk after it. */
function bounds(bytes: Buffer): number[] {
  let at = -1;
  for (let line = 0; line < HEAD_LINES; line++) at = bytes.indexOf('\n', at + 1);
  const found = [at + 1];
  for (let next = at + 1; next < bytes.length; found.push(next)) next += 4 + (bytes.readUInt32BE(next) % 2 ** 31) + 16;
  return found;
}

it('gives back what was written, and shows none of it', async () => {
  const items = await write();
  expect(await read()).toEqual(items);
  const bytes = await readFile(file);
  expect(bounds(bytes).length).toBeGreaterThan(3);
  // What gzip begins with.
  expect(bytes.includes(Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x00]))).toBe(false);
});

it('tells its manifest without the key', async () => {
  await write();
  expect(await describeBackup(new BackupFile(file))).toEqual({ manifest, encrypted: true });
});

it('is refused without its key and with another one', async () => {
  await write();
  await expect(read(file, '')).rejects.toThrow('the key for backups cannot be read');
  const other = join(directory, 'other.key');
  await writeFile(other, randomBytes(32).toString('base64'));
  await expect(read(file, other)).rejects.toThrow(
    `the backup ${file} cannot be used: it is encrypted with another key`,
  );
  const without = async () => {
    for await (const _ of readBackupFile(file));
  };
  await expect(without()).rejects.toThrow('it is encrypted, and no key is given');
});

describe('is refused by name when', () => {
  const cases: readonly [string, string, (bytes: Buffer, at: number[]) => Buffer][] = [
    ['a bit of a chunk flips', 'its chunk 1 is damaged', (bytes, at) => flip(bytes, (at[1] ?? 0) + 100)],
    ['a bit of a tag flips', 'its chunk 0 is damaged', (bytes, at) => flip(bytes, (at[1] ?? 0) - 1)],
    ['its manifest is changed', 'its chunk 0 is damaged', (bytes) => replace(bytes, '"createdAt":1', '"createdAt":2')],
    ['its end is cut off between chunks', 'it ends early', (bytes, at) => bytes.subarray(0, at.at(-2))],
    ['its end is cut off within one', 'it ends early', (bytes) => bytes.subarray(0, -20)],
    ['everything but the head is gone', 'it ends early', (bytes, at) => bytes.subarray(0, at[0])],
    ['something is behind its end', 'it continues past its end', (bytes) => Buffer.concat([bytes, Buffer.alloc(40)])],
    [
      'two chunks are swapped',
      'its chunk 0 is damaged',
      (bytes, [head = 0, one = 0, two = 0]) =>
        Buffer.concat([
          bytes.subarray(0, head),
          bytes.subarray(one, two),
          bytes.subarray(head, one),
          bytes.subarray(two),
        ]),
    ],
    [
      'a chunk is left out',
      'its chunk 1 is damaged',
      (bytes, [, one = 0, two = 0]) => Buffer.concat([bytes.subarray(0, one), bytes.subarray(two)]),
    ],
    ['a later chunk is said to be the last', 'its chunk 1 is damaged', (bytes, at) => markLast(bytes, at[1] ?? 0)],
  ];

  it.each(cases)('%s', async (_what, reason, damage) => {
    await write();
    const bytes = await readFile(file);
    await writeFile(file, damage(bytes, bounds(bytes)));
    await expect(read()).rejects.toMatchObject({
      name: 'BackupDamaged',
      message: `the backup ${file} cannot be used: ${reason}`,
    });
  });

  it('a chunk of another backup with the same key takes the place of its own', async () => {
    const other = join(directory, 'other.backup');
    await write();
    await write(other);
    const [one, two] = [await readFile(file), await readFile(other)];
    const [head = 0, end = 0] = bounds(one);
    const [from = 0, to = 0] = bounds(two);
    await writeFile(file, Buffer.concat([one.subarray(0, head), two.subarray(from, to), one.subarray(end)]));
    await expect(read()).rejects.toThrow('its chunk 0 is damaged');
  });
});

describe('a key file', () => {
  it.each([
    ['hexadecimal', (key: Buffer) => key.toString('hex')],
    ['base64', (key: Buffer) => `${key.toString('base64')}\n`],
    ['base64url', (key: Buffer) => key.toString('base64url')],
  ])('may hold %s', async (_how, text) => {
    const key = randomBytes(32);
    await writeFile(keyFile, text(key));
    expect(readBackupKey(keyFile)).toEqual(key);
  });

  it.each(['', 'secret', 'ab'.repeat(31), `${'a'.repeat(42)}!`])('that holds %j is refused by name', async (text) => {
    await writeFile(keyFile, text);
    expect(() => readBackupKey(keyFile)).toThrow(`${keyFile} is not a backup key`);
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

function replace(bytes: Buffer, from: string, to: string): Buffer {
  const at = bytes.indexOf(from);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(to), bytes.subarray(at + from.length)]);
}

function markLast(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt32BE(bytes.readUInt32BE(at) + 2 ** 31, at);
  return bytes;
}
