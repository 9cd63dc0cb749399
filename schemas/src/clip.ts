// Texts cut short without cutting a character: to so many UTF-8 bytes, code points, or UTF-16 units.

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

/** The beginning of a text, at most `max` code points. */
export function clipCodePoints(text: string, max: number): string {
  return text.length <= max ? text : [...text].slice(0, max).join('');
}

/** The text itself if it has at most `unitsMax` UTF-16 units, or so much of its beginning, with an ellipsis. */
export function ellipsize(text: string, unitsMax: number): string {
  return text.length <= unitsMax ? text : `${text.slice(0, unitsMax).replace(/[\ud800-\udbff]$/, '')}…`;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
