// JSON pointers (RFC 6901) for findings, kept short: their steps come from whoever sent the value.

import { ellipsize } from './clip.js';

const POINTER_CHARS_MAX = 256;

/** The pointer to `rest` below the field `name`. */
export function pointerTo(name: string, rest = ''): string {
  return clamp(`/${clamp(name).replaceAll('~', '~0').replaceAll('/', '~1')}${rest}`);
}

export function clamp(pointer: string): string {
  return ellipsize(pointer, POINTER_CHARS_MAX);
}
