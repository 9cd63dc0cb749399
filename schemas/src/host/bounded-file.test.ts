import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBounded } from './bounded-file.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'agentcom-bounded-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const EFBIG = expect.objectContaining({ code: 'EFBIG' });

describe('a file that somebody named', () => {
  it('is read whole up to its bound', () => {
    const path = join(dir, 'file');
    const text = 'ä'.repeat(100_000);
    writeFileSync(path, text);
    expect(readBounded(path, 200_000).toString('utf8')).toBe(text);
    expect(() => readBounded(path, 199_999)).toThrow(EFBIG);
  });

  it('may be endless without harm', () => {
    expect(() => readBounded('/dev/zero', 4096)).toThrow(EFBIG);
  });

  it('may be a pipe, as a shell makes one of a command', () => {
    const fifo = join(dir, 'fifo');
    execFileSync('/bin/sh', ['-c', 'mkfifo "$1"; echo from a pipe > "$1" &', 'sh', fifo], { stdio: 'ignore' });
    expect(readBounded(fifo).toString('utf8')).toBe('from a pipe\n');
  });

  it('fails as the system says when it is a directory, or not there', () => {
    expect(() => readBounded(dir)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
    expect(() => readBounded(join(dir, 'none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});
