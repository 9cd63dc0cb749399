// The output of a run on disk, newest kept: two files of at most half the limit each, of which the older is replaced.

import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tailOf } from '../core/clip.js';
import { codeOf } from '../host/durable-file.js';
import type { RunPaths } from './run-files.js';

export class OutputLog {
  readonly #paths: RunPaths;
  readonly #halfBytes: number;
  #file: number;
  #written: number;

  constructor(paths: RunPaths, halfBytes: number) {
    this.#paths = paths;
    this.#halfBytes = halfBytes;
    this.#file = openSync(paths.output, 'a', 0o600);
    this.#written = fstatSync(this.#file).size;
  }

  /** Output that a full disk does not take is dropped: the run matters more than its log. */
  write(chunk: Buffer): void {
    try {
      if (this.#written + chunk.length > this.#halfBytes && this.#written > 0) this.#turn();
      this.#written += writeSync(this.#file, chunk, 0, Math.min(chunk.length, this.#halfBytes));
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') throw error;
    }
  }

  #turn(): void {
    closeSync(this.#file);
    renameSync(this.#paths.output, this.#paths.outputBefore);
    this.#file = openSync(this.#paths.output, 'w', 0o600);
    this.#written = 0;
  }
}

/** The end of the output, at most so many bytes of UTF-8; empty when there was none. */
export async function outputTail(paths: RunPaths, bytesMax: number): Promise<string> {
  const newest = await lastBytes(paths.output, bytesMax);
  if (newest.length === bytesMax) return tailOf(newest, bytesMax);
  const before = await lastBytes(paths.outputBefore, bytesMax - newest.length);
  return tailOf(Buffer.concat([before, newest]), bytesMax);
}

async function lastBytes(path: string, bytesMax: number): Promise<Buffer> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytesMax);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
