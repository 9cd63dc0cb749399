import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 64 * 1024;

/** Larger than any file of settings, and small enough to be read at once. */
export const SETTINGS_BYTES_MAX = 1024 * 1024;

/**
 * A file that somebody named: anything that can be read to its end, such as `<(pass show key)`. Throws what the system says, and
 * `EFBIG` once it is larger than `bytesMax`, as `/dev/zero` is.
 */
export function readBounded(path: string, bytesMax = SETTINGS_BYTES_MAX): Buffer {
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const read = readSync(file, chunk);
      if (read === 0) return Buffer.concat(chunks);
      size += read;
      if (size > bytesMax) throw new FileTooLarge(path, bytesMax);
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
}

class FileTooLarge extends Error {
  readonly code = 'EFBIG';

  constructor(path: string, bytesMax: number) {
    super(`EFBIG: larger than ${Math.floor(bytesMax / 1024)} KiB, read '${path}'`);
    this.name = 'FileTooLarge';
  }
}
