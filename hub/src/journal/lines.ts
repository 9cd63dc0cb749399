// Newline-separated records as byte streams, in and out, with bounded memory.

const NEWLINE = 0x0a;
const OUT_CHUNK_CHARS = 64 * 1024;
/** Large pieces to inflate to, as each one is a turn of the event loop; the default of 16 KiB takes three times as long. */
export const INFLATED_BYTES = 1024 * 1024;

/**
 * Splits into lines, each with its newline, handed out many at a time; a last one without a newline comes too.
 * Throws on one over `lineBytesMax`.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<Buffer[], void, undefined> {
  let parts: Buffer[] = [];
  let partBytes = 0;
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end !== -1; end = buffer.indexOf(NEWLINE, start)) {
      const rest = buffer.subarray(start, end + 1);
      lines.push(parts.length === 0 ? rest : Buffer.concat([...parts, rest]));
      parts = [];
      partBytes = 0;
      start = end + 1;
    }
    if (start < buffer.length) {
      parts.push(buffer.subarray(start));
      partBytes += buffer.length - start;
      if (partBytes > lineBytesMax) throw new Error(`a line is longer than ${lineBytesMax} bytes`);
    }
    if (lines.length > 0) yield lines;
  }
  if (parts.length > 0) yield [Buffer.concat(parts)];
}

/** Gathers texts into chunks of about 64 KiB. */
export function* joinChunks(texts: Iterable<string>): Generator<Buffer, void, undefined> {
  let gathered: string[] = [];
  let chars = 0;
  for (const text of texts) {
    gathered.push(text);
    chars += text.length;
    if (chars < OUT_CHUNK_CHARS) continue;
    yield Buffer.from(gathered.join(''));
    gathered = [];
    chars = 0;
  }
  if (gathered.length > 0) yield Buffer.from(gathered.join(''));
}
