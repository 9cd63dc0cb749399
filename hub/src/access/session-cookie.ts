// The cookie of a session. Where the page came by TLS, its name keeps other hosts and paths from setting it.

import { parseCookie, stringifySetCookie } from 'cookie';

const NAME = 'agentcom_session';
const SECURE_NAME = `__Host-${NAME}`;

/** What a `Cookie` header says of a session; undefined when nothing. */
export function sessionSecretOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const cookies = parseCookie(header);
  return cookies[SECURE_NAME] ?? cookies[NAME];
}

/** The `Set-Cookie` header that begins a session, or ends it where `secret` is undefined. */
export function sessionCookie(secret: string | undefined, isSecure: boolean, seconds: number): string {
  return stringifySetCookie({
    name: isSecure ? SECURE_NAME : NAME,
    value: secret ?? '',
    httpOnly: true,
    secure: isSecure,
    sameSite: 'strict',
    path: '/',
    maxAge: secret === undefined ? 0 : seconds,
  });
}
