// The cookies of a session, and of a sign-in on its way. Where the page came by TLS, their names keep other hosts and paths from setting them.

import { parseCookie, stringifySetCookie } from 'cookie';

const SESSION = 'agentcom_session';
const FLOWS = {
  // Where an identity provider sends the browser back from its own site, the cookie must come along from there.
  oidc: { name: 'agentcom_oidc', sameSite: 'lax' },
  passkey: { name: 'agentcom_passkey', sameSite: 'strict' },
} as const;
const FLOW_SECONDS = 10 * 60;

/** What a `Cookie` header says of a session; undefined when nothing. By TLS only the name counts that nobody else can set. */
export function sessionSecretOf(header: string | undefined, isSecure: boolean): string | undefined {
  return header === undefined ? undefined : parseCookie(header)[nameOf(SESSION, isSecure)];
}

/** The same of a sign-in on its way. */
export function flowOf(kind: keyof typeof FLOWS, header: string | undefined, isSecure: boolean): string | undefined {
  return header === undefined ? undefined : parseCookie(header)[nameOf(FLOWS[kind].name, isSecure)];
}

/** The `Set-Cookie` header that keeps what belongs to a sign-in on its way at the browser, or ends it. */
export function flowCookie(kind: keyof typeof FLOWS, flow: string | undefined, isSecure: boolean): string {
  const { name, sameSite } = FLOWS[kind];
  return setCookie(name, flow, isSecure, { sameSite, maxAge: FLOW_SECONDS });
}

/** The `Set-Cookie` header that begins a session, or ends it where `secret` is undefined. */
export function sessionCookie(secret: string | undefined, isSecure: boolean, seconds: number): string {
  return setCookie(SESSION, secret, isSecure, { sameSite: 'strict', maxAge: seconds });
}

function setCookie(
  name: string,
  value: string | undefined,
  isSecure: boolean,
  { sameSite, maxAge }: { readonly sameSite: 'strict' | 'lax'; readonly maxAge: number },
): string {
  return stringifySetCookie({
    name: nameOf(name, isSecure),
    value: value ?? '',
    httpOnly: true,
    secure: isSecure,
    sameSite,
    path: '/',
    maxAge: value === undefined ? 0 : maxAge,
  });
}

function nameOf(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name;
}
