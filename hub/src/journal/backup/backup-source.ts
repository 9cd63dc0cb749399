// What a backup is read from: a file, or a bucket. Either hands out its bytes a piece at a time, so that one of any size takes little memory.

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';

export interface BackupSource {
  /** Its path or address, for people. */
  readonly name: string;
  bytes(): Promise<number>;
  /** Its beginning, as much as there is of `length`. */
  head(length: number): Promise<Buffer>;
  from(start: number): AsyncIterable<Buffer>;
}

/** Where it is cannot be reached or does not hand it out, which says nothing about the backup. */
export class BackupUnreachable extends Error {
  override readonly name = 'BackupUnreachable';
}

export function isBucketAddress(place: string): boolean {
  return place.startsWith('s3://');
}

export class BackupFile implements BackupSource {
  constructor(readonly name: string) {}

  async bytes(): Promise<number> {
    return (await stat(this.name)).size;
  }

  async head(length: number): Promise<Buffer> {
    const handle = await open(this.name);
    try {
      const buffer = Buffer.alloc(length);
      let filled = 0;
      for (let more = 1; more > 0 && filled < length; filled += more) {
        more = (await handle.read(buffer, filled, length - filled, filled)).bytesRead;
      }
      return buffer.subarray(0, filled);
    } finally {
      await handle.close();
    }
  }

  async *from(start: number): AsyncGenerator<Buffer, void, undefined> {
    for await (const bytes of createReadStream(this.name, { start })) yield bytes as Buffer;
  }
}
