import { appendFileSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OUTPUT_START, type OutputPosition, OutputWriter, outputTail, RECORD_BYTES, readOutput } from './output-log.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-output-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const MIB = 1024 * 1024;

async function dataFrom(from: OutputPosition, bytesMax = 64 * MIB): Promise<{ data: string; next: OutputPosition }> {
  const { records, next } = await readOutput(dir, from, bytesMax);
  return { data: records.map((record) => record.data).join(''), next };
}

function write(...pieces: readonly string[]): void {
  const writer = new OutputWriter(dir);
  for (const piece of pieces) writer.write('stdout', piece);
  writer.close();
}

describe('an output log', () => {
  it('is neither written nor read through a link', async () => {
    const key = join(dir, 'key');
    await writeFile(key, '{"at":1,"stream":"stdout","data":"key"}\n');
    await symlink(key, join(dir, '000001.jsonl'));
    expect(() => new OutputWriter(dir)).toThrow('ELOOP');
    expect((await readOutput(dir, OUTPUT_START, MIB)).records).toEqual([]);
    expect(await readFile(key, 'utf8')).toContain('key');
  });

  it('is read as it was written, and further from where the reader was', async () => {
    const writer = new OutputWriter(dir);
    writer.write('stdout', 'one\n');
    writer.write('agent', 'zwei é\n');
    const first = await readOutput(dir, OUTPUT_START, MIB);
    expect(first.records.map(({ stream, data }) => [stream, data])).toEqual([
      ['stdout', 'one\n'],
      ['agent', 'zwei é\n'],
    ]);
    expect((await readOutput(dir, first.next, MIB)).records).toEqual([]);
    writer.write('stderr', 'three\n');
    writer.close();
    expect((await readOutput(dir, first.next, MIB)).records).toMatchObject([{ stream: 'stderr', data: 'three\n' }]);
  });

  it('that is not there yet is empty', async () => {
    const nowhere = join(dir, 'nowhere');
    expect(await readOutput(nowhere, OUTPUT_START, MIB)).toEqual({ records: [], next: OUTPUT_START, omittedBytes: 0 });
    expect(await outputTail(nowhere, 100)).toBe('');
  });

  it('is gone on with by the next writer, also behind a line that a crash cut off in a character', async () => {
    write('one\n');
    const [name = ''] = readdirSync(dir);
    appendFileSync(join(dir, name), Buffer.concat([Buffer.from('{"at":1,"data":"caf'), Buffer.from([0xc3])]));
    expect((await dataFrom(OUTPUT_START)).data).toBe('one\n');
    write('two\n');
    const { data, next } = await dataFrom(OUTPUT_START);
    expect(data).toBe('one\ntwo\n');
    write('three\n');
    expect((await dataFrom(next)).data).toBe('three\n');
  });

  it('cuts long pieces into records without cutting a character', async () => {
    const long = '€'.repeat(RECORD_BYTES);
    write(long);
    const { records } = await readOutput(dir, OUTPUT_START, MIB);
    expect(records.map(({ data }) => data).join('')).toBe(long);
    for (const { data } of records) expect(Buffer.byteLength(data)).toBeLessThanOrEqual(RECORD_BYTES);
  });

  it('gives about as much as was asked for, always whole records, and everything in the end', async () => {
    const pieces = Array.from({ length: 300 }, (_, n) => `${n} ${'\u0001'.repeat(n * 10)}\n`);
    write(...pieces);
    let read = '';
    let from = OUTPUT_START;
    for (;;) {
      const { data, next } = await dataFrom(from, 1000);
      if (data === '') break;
      read += data;
      from = next;
    }
    expect(read).toBe(pieces.join(''));
  });

  it('keeps its newest segments, and says how much was passed over', async () => {
    const writer = new OutputWriter(dir);
    const piece = 'x'.repeat(RECORD_BYTES);
    for (let n = 0; n < (24 * MIB) / RECORD_BYTES; n += 1) writer.write('stdout', piece);
    writer.write('stdout', 'the end');
    writer.close();
    const sizes = readdirSync(dir).map((name) => statSync(join(dir, name)).size);
    expect(sizes).toHaveLength(4);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(4 * MIB);
    const { records, omittedBytes } = await readOutput(dir, OUTPUT_START, 64 * MIB);
    const kept = records.reduce((sum, { data }) => sum + data.length, 0);
    expect(records.at(-1)?.data).toBe('the end');
    expect(omittedBytes).toBeGreaterThan(0);
    expect(Math.abs(kept + omittedBytes - 24 * MIB)).toBeLessThan(MIB);
  });

  it('goes without what it cannot write, and on when it can again', async () => {
    const writer = new OutputWriter(dir);
    const piece = 'x'.repeat(RECORD_BYTES);
    const next = join(dir, '000002.jsonl');
    // In the place of the segment that is due next.
    mkdirSync(next);
    for (let n = 0; n < (8 * MIB) / RECORD_BYTES; n += 1) writer.write('stdout', piece);
    rmdirSync(next);
    writer.write('stdout', 'the end');
    writer.close();
    expect(await outputTail(dir, 8)).toBe('xthe end');
  });

  it('shows its end, also over the border of two segments', async () => {
    write('x'.repeat(4 * MIB - 70_000), 'before ', 'é'.repeat(30_000), '!');
    expect(readdirSync(dir).length).toBeGreaterThan(1);
    expect(await outputTail(dir, 8)).toBe('ééé!');
    const tail = await outputTail(dir, 80_000);
    expect(Buffer.byteLength(tail)).toBe(80_000);
    expect(tail.endsWith(`xxx before ${'é'.repeat(30_000)}!`.slice(4))).toBe(true);
  });
});
