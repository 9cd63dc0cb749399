// Texts cut to so many UTF-8 bytes without cutting a character.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The beginning of a text, at most `bytesMax` UTF-8 bytes. */
export function clip(text: string, bytesMax: number): string {
  const bytes = encoder.encode(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return decoder.decode(bytes.subarray(0, end));
}

/** The end of a text, at most `bytesMax` UTF-8 bytes. */
export function clipEnd(text: string, bytesMax: number): string {
  return tailOf(encoder.encode(text), bytesMax);
}

/** The end of a text that may begin in the middle of a character, at most `bytesMax` bytes of it. */
export function tailOf(bytes: Uint8Array, bytesMax: number): string {
  let start = Math.max(0, bytes.length - bytesMax);
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  return clip(decoder.decode(bytes.subarray(start)), bytesMax);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
