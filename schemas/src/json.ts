// Strict decoding of bytes from outside: UTF-8 without exceptions, JSON of bounded depth, no keys that reach into
// prototypes or stand twice, no half characters, no infinite numbers. What passes here can be stored and sent on unchanged.

import { countKeys, firstDuplicate } from './duplicate-keys.js';
import { LIMITS } from './limits.js';
import { pointerTo } from './pointer.js';
import type { ErrorDetail } from './problem.js';

export type Decoded =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: 'request.invalid'; readonly details: readonly ErrorDetail[] };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Raw half characters cannot pass the UTF-8 decoder; written as escapes they could. */
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;
const HALF: ErrorDetail = { path: '', message: 'contains half of a surrogate pair, which is not a character' };
const HALF_CHARACTER = /\p{Surrogate}/u;

/** Decodes one JSON text. The caller has bounded its size. */
export function decodeJson(bytes: Uint8Array): Decoded {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refused('is not UTF-8');
  }
  return decodeJsonText(text);
}

/** As `decodeJson`, for a text that is known to have been UTF-8. */
export function decodeJsonText(text: string): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused(text.trim() === '' ? 'is empty; JSON is expected' : 'is not JSON');
  }
  const seen = { keys: 0 };
  const found = offence(value, LIMITS.jsonDepth, hasEscapedSurrogate(text), seen) ?? doubled(text, seen.keys);
  return found === undefined ? { ok: true, value } : { ok: false, code: 'request.invalid', details: [found] };
}

/** Looking for any escape first is several times as fast, and most texts have none. */
function hasEscapedSurrogate(text: string): boolean {
  return text.includes('\\u') && ESCAPED_SURROGATE.test(text);
}

function doubled(text: string, keys: number): ErrorDetail | undefined {
  if (countKeys(text) === keys) return undefined;
  const path = (firstDuplicate(text) ?? []).reduceRight<string>((below, part) => pointerTo(String(part), below), '');
  return { path, message: 'is given more than once' };
}

function refused(message: string): Decoded {
  return { ok: false, code: 'request.invalid', details: [{ path: '', message }] };
}

/** What must not be passed on, and where; paths grow on the way out, so that clean input pays nothing for them. */
function offence(value: unknown, levels: number, checkText: boolean, seen: { keys: number }): ErrorDetail | undefined {
  if (typeof value === 'string') return checkText && HALF_CHARACTER.test(value) ? HALF : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path: '', message: 'is out of range' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (levels === 0) return { path: '', message: `is nested deeper than ${LIMITS.jsonDepth} levels` };
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = offence(value[i], levels - 1, checkText, seen);
      if (found !== undefined) return { path: pointerTo(String(i), found.path), message: found.message };
    }
    return undefined;
  }
  const keys = Object.keys(value);
  seen.keys += keys.length;
  for (const key of keys) {
    if (key === '__proto__') return { path: '/__proto__', message: 'is not an allowed key' };
    const item = (value as Readonly<Record<string, unknown>>)[key];
    const found =
      (checkText ? offence(key, levels, true, seen) : undefined) ?? offence(item, levels - 1, checkText, seen);
    if (found !== undefined) return { path: pointerTo(key, found.path), message: found.message };
  }
  return undefined;
}
