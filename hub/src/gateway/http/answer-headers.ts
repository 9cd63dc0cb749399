// What every answer says to browsers and caches: keep nothing, guess no type, load nothing, stand in no frame. A route may say otherwise
// of its own answers.

export const ANSWER_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

/** From then on a browser goes to this name by https only, for a year. */
const SECURE_HEADERS = { ...ANSWER_HEADERS, 'strict-transport-security': 'max-age=31536000' } as const;

export function headersFor({ protocol }: { readonly protocol: string }): Readonly<Record<string, string>> {
  return protocol === 'https' ? SECURE_HEADERS : ANSWER_HEADERS;
}
