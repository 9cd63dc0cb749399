// A backup in a bucket, read piece by piece without a copy on this machine. What is cut off on the way is asked for again.

import { type BackupSource, BackupUnreachable } from '../backup-source.js';
import type { S3Target } from './s3-target.js';

/** The manifest is in the first piece: a list reads no more. */
const FIRST_BYTES = 64 * 1024;
const PIECE_BYTES = 8 * 1024 * 1024;

export class S3Source implements BackupSource {
  constructor(
    private readonly bucket: Pick<S3Target, 'size' | 'read' | 'address'>,
    private readonly object: string,
  ) {}

  get name(): string {
    return this.bucket.address(this.object);
  }

  bytes(): Promise<number> {
    return reached(this.bucket.size(this.object));
  }

  async head(length: number): Promise<Buffer> {
    return this.#read(0, Math.min(length, await this.bytes()));
  }

  async *from(start: number): AsyncGenerator<Buffer, void, undefined> {
    const size = await this.bytes();
    let length = FIRST_BYTES;
    for (let at = start; at < size; at += length, length = PIECE_BYTES) {
      yield await this.#read(at, Math.min(length, size - at));
    }
  }

  #read(start: number, length: number): Promise<Buffer> {
    return reached(this.bucket.read(this.object, start, length));
  }
}

async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new BackupUnreachable(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
