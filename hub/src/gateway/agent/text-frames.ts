// Text frames as a server sends them (RFC 6455, section 5.2): whole, not masked, not compressed.

/** FIN and the opcode of text. */
const TEXT = 0x81;
const SHORT_MAX = 125;
const TWO_BYTES = 126;
const TWO_BYTES_MAX = 0xffff;
const EIGHT_BYTES = 127;

/** The frames of these texts, one after the other, in one buffer. */
export function textFrames(texts: readonly string[]): Buffer {
  let total = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    total += headerBytes(size) + size;
  }
  const frames = Buffer.allocUnsafe(total);
  let at = 0;
  for (const text of texts) {
    at = writeHeader(frames, at, Buffer.byteLength(text));
    at += frames.write(text, at);
  }
  return frames;
}

function headerBytes(size: number): number {
  return size <= SHORT_MAX ? 2 : size <= TWO_BYTES_MAX ? 4 : 10;
}

function writeHeader(frames: Buffer, at: number, size: number): number {
  frames[at] = TEXT;
  if (size <= SHORT_MAX) {
    frames[at + 1] = size;
    return at + 2;
  }
  if (size <= TWO_BYTES_MAX) {
    frames[at + 1] = TWO_BYTES;
    return frames.writeUInt16BE(size, at + 2);
  }
  frames[at + 1] = EIGHT_BYTES;
  frames.writeUInt32BE(0, at + 2);
  return frames.writeUInt32BE(size, at + 6);
}
