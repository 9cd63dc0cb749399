// What settings of several programs are made from.

import * as Type from 'typebox';
import { LOG_LEVELS } from './log.js';
import { integer, line, oneOf } from './primitives.js';

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** A file or directory; relative ones count from where the program was started. */
export function path(description: string, more: { readonly default?: string } = {}) {
  return line(4096, { description, ...more });
}

export function whole(description: string, byDefault: number, minimum: number, maximum: number) {
  return integer(minimum, maximum, { description, default: byDefault });
}

export function seconds(description: string, byDefault: number, minimum: number, maximum: number) {
  return whole(description, byDefault, minimum, maximum);
}

/** A character of a host that is no IPv6 address. */
export const PLAIN_HOST = '[^\\s\\u0000-\\u001f\\u007f@?#:/%[\\]]';

export function httpUrl(description: string, more: { readonly default?: string; readonly secret?: true } = {}) {
  return Type.String({
    maxLength: 2048,
    pattern: `^[Hh][Tt][Tt][Pp][Ss]?://(?:\\[[0-9A-Fa-f:.]{2,45}\\]|${PLAIN_HOST}+)(?::\\d{1,5})?(?:/[^\\s\\u0000-\\u001f\\u007f@?#]*)?$`,
    mustBe: 'an http:// or https:// address without credentials (IPv6: in brackets, without a zone)',
    address: true,
    description,
    ...more,
  });
}

export const LogLevelName = oneOf(LOG_LEVELS, {
  description: 'How much is logged.',
  default: 'info',
});
