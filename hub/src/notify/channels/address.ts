// Settings that are web addresses. Whoever knows one may often send to it, so of each only where it leads is shown.

import { LIMITS } from '@agentcom/schemas';
import * as Type from 'typebox';

const SCHEME = { any: '[Hh][Tt][Tt][Pp][Ss]?', https: '[Hh][Tt][Tt][Pp][Ss]' } as const;
/** A shorter path has no end that can be shown without giving much of it away. */
const HINTED_CHARS = 24;
const HINT_CHARS = 4;

export function webAddress(scheme: keyof typeof SCHEME, mustBe: string) {
  return Type.String({
    maxLength: LIMITS.urlChars,
    pattern: `^${SCHEME[scheme]}://[^\\s\\u0000-\\u001f\\u007f@]+$`,
    mustBe,
    secret: true,
    address: true,
  });
}

/** One to which the paths of a provider's API are added. */
export function apiAddress() {
  return Type.String({
    maxLength: LIMITS.urlChars,
    pattern: `^${SCHEME.any}://[^\\s\\u0000-\\u001f\\u007f@?#]+$`,
    mustBe: 'an http:// or https:// address without credentials, query and fragment',
    secret: true,
    address: true,
  });
}

/** What a pattern cannot see: ports and addresses that there are not. */
export function isWebAddress(text: string): boolean {
  return URL.canParse(text) && new URL(text).hostname !== '';
}

/** Its origin; that there is more; and of much more the end, by which people tell two apart. */
export function shownAddress(text: string): string {
  const { origin, pathname, search, hash } = new URL(text);
  const rest = `${pathname}${search}${hash}`;
  if (rest === '/') return origin;
  return `${origin}/…${rest.length < HINTED_CHARS ? '' : rest.slice(-HINT_CHARS)}`;
}
