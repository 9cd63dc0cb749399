// Which repositories a halt or a spend limit is about. Whoever submits chooses how an address is written, so what another spelling of it leads to
// is held as well. What a key or an agent is allowed is matched as it is written: there another spelling gains nothing.

import { matchesPattern } from '@agentcom/schemas';
import { mayUseRepository } from '../access/repositories.js';

export function isHeldRepository(pattern: string, url: string | undefined): boolean {
  if (url === undefined) return false;
  return mayUseRepository([pattern], url) || matchesPattern(plain(pattern), plain(url));
}

const SCHEME = /^(?:[a-z][a-z0-9+.-]*|\*):\/\//;
/** `git@host:path`, in which no scheme comes first. */
const SCP = /^((?:[^/@:]+@)?[^/:]+):/;
const USER = /^[^/@]*@/;
/** At the end of the host; another port may be another server. */
const USUAL_PORT = /^([^/:]+?)\.?(?::(?:22|80|443))?(?=\/|$)/;

/** `github.com/acme/shop` for `https://me@GitHub.com:443/acme/shop.git/` and for `git@github.com:acme/shop`. */
function plain(address: string): string {
  const text = decoded(address).toLowerCase();
  const rest = SCHEME.test(text) ? text.replace(SCHEME, '') : text.replace(SCP, '$1/');
  const path = rest.replace(USER, '').replace(USUAL_PORT, '$1').split('/');
  return withoutDots(path)
    .join('/')
    .replace(/\.git$/, '');
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/** As a path is resolved; the host, or what comes before a root, stays. */
function withoutDots([host = '', ...path]: readonly string[]): string[] {
  const kept: string[] = [];
  for (const part of path) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return [host, ...kept];
}
