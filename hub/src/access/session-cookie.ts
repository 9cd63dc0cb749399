// The cookies of a session, and of a sign-in on its way. Where the page came by TLS, their names keep other hosts and paths from setting them.

import { parseCookie, stringifySetCookie } from 'cookie';

const NAME = 'agentcom_session';
const SECURE_NAME = `__Host-${NAME}`;

/** What a `Cookie` header says of a session; undefined when nothing. */
export function sessionSecretOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const cookies = parseCookie(header);
  return cookies[SECURE_NAME] ?? cookies[NAME];
}

const FLOW_NAME = 'agentcom_oidc';
const FLOW_SECONDS = 10 * 60;

/** What a `Cookie` header says of a sign-in that goes on at an identity provider. */
export function flowOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const cookies = parseCookie(header);
  return cookies[`__Host-${FLOW_NAME}`] ?? cookies[FLOW_NAME];
}

/** The provider sends the browser back from another site, so this one comes along from there; it is of use to nobody else. */
export function flowCookie(flow: string | undefined, isSecure: boolean): string {
  return stringifySetCookie({
    name: isSecure ? `__Host-${FLOW_NAME}` : FLOW_NAME,
    value: flow ?? '',
    httpOnly: true,
    secure: isSecure,
    sameSite: 'lax',
    path: '/',
    maxAge: flow === undefined ? 0 : FLOW_SECONDS,
  });
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
