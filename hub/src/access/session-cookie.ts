// The cookies of a session, and of a sign-in on its way. Where the page came by TLS, their names keep other hosts and paths from setting them.

import { parseCookie, stringifySetCookie } from 'cookie';

const NAME = 'agentcom_session';
const SECURE_NAME = `__Host-${NAME}`;

/** What a `Cookie` header says of a session; undefined when nothing. By TLS only the name counts that nobody else can set. */
export function sessionSecretOf(header: string | undefined, isSecure: boolean): string | undefined {
  return header === undefined ? undefined : parseCookie(header)[isSecure ? SECURE_NAME : NAME];
}

/** Where an identity provider sends the browser back from its own site, the cookie must come along from there. */
const FLOWS = { oidc: 'lax', passkey: 'strict' } as const;
const FLOW_SECONDS = 10 * 60;

/** What a `Cookie` header says of a sign-in on its way. */
export function flowOf(kind: keyof typeof FLOWS, header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const cookies = parseCookie(header);
  return cookies[`__Host-agentcom_${kind}`] ?? cookies[`agentcom_${kind}`];
}

/** The `Set-Cookie` header that keeps what belongs to a sign-in on its way at the browser, or ends it. */
export function flowCookie(kind: keyof typeof FLOWS, flow: string | undefined, isSecure: boolean): string {
  return stringifySetCookie({
    name: isSecure ? `__Host-agentcom_${kind}` : `agentcom_${kind}`,
    value: flow ?? '',
    httpOnly: true,
    secure: isSecure,
    sameSite: FLOWS[kind],
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
