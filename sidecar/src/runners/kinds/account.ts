// Whether a turn failed because its provider does not take the account of the machine, or makes it wait. Providers and tools pass on each
// other's words, so these are the same for all kinds. They are looked for only in what a tool itself says of its failure.

import type { Heard } from '../kind.js';

const LIMITED = new RegExp(
  [
    ...['usage limit', 'rate.?limit', 'too many requests', '(?<!disk )quota', 'RESOURCE_EXHAUSTED'],
    ...['credit balance', 'insufficient (?:credits|balance|funds)', 'out of credits'],
    ...['overloaded', 'at capacity'],
  ].join('|'),
  'i',
);
const LIMITED_STATUS: readonly number[] = [402, 429, 529];

const SIGNED_OUT = new RegExp(
  [
    ...['not logged in', 'please run /login', '(?:please |to )(?:log|sign) ?in\\b', '(?:log|sign) in again'],
    ...['failed to authenticate', 'error authenticating', 'authentication[ _]?error', 'unauthenticated'],
    ...['\\b401 unauthori[sz]ed', 'ProviderAuthError', 'invalid auth method', 'set an auth method'],
    ...[
      'api[ _-]?key[ _](?:not valid|invalid|expired|was reported)',
      '(?:invalid|incorrect|missing|no) (?:x-)?api[ _-]?key',
    ],
    ...['missing environment variable: `\\w*(?:KEY|TOKEN)', 'must specify the \\w+_API_KEY environment variable'],
    ...[
      'token (?:has )?(?:been )?(?:expired|revoked)',
      'security token included in the request is (?:invalid|expired)',
    ],
    ...['could not load (?:the default )?credentials', 'disabled organization', 'organization has been disabled'],
    ...['to use codex with your chatgpt plan'],
  ].join('|'),
  'i',
);
/** Of the account, unless it is about the model that the task wants. */
const FORBIDDEN = /\b403 forbidden|permission_denied/i;
const MODEL = /\bmodel\b/i;

export function saysLimited(text: string): boolean {
  return LIMITED.test(text);
}

export function saysSignedOut(text: string): boolean {
  return SIGNED_OUT.test(text) || (FORBIDDEN.test(text) && !MODEL.test(text));
}

interface Answered {
  /** Of the provider's answer, for tools that tell it. */
  readonly status?: number;
  /** When a limit ends. */
  readonly resetsAt?: string | null;
}

/** What a failure that ends the turn means. */
export function failedFor(text: string, { status = 0, resetsAt = null }: Answered = {}): readonly Heard[] {
  const final: Heard = { type: 'final', ok: false, text };
  if (LIMITED_STATUS.includes(status) || saysLimited(text)) return [{ type: 'limit', resetsAt }, final];
  const isRefused = status === 401 || (status === 403 && !MODEL.test(text));
  return isRefused || saysSignedOut(text) ? [final, { type: 'signed out', text }] : [final];
}
