// A link that holds a secret, as it is printed: once, with how long it is good for.

import type { Link } from '@agentcom/schemas';
import type { Invocation } from './invocation.js';
import { isLoopback } from './settings.js';
import { oneLine, validFor } from './text.js';

/** @param lead  what to do with it, without the colon */
export function linkText({ out, world }: Invocation, { url, expiresAt }: Link, lead: string): string {
  const left = validFor(expiresAt, world.now());
  return `${lead}; it works once, within ${left}:\n\n  ${out.colours.bold(oneLine(url))}`;
}

/** As `linkText`, for somebody else, who may sit at another machine. */
export function linkToSend(invocation: Invocation, link: Link, lead: string): string {
  if (isLoopback(link.url)) {
    invocation.out.warning(
      'This link works on this machine only. For others, start the hub with --host and AGENTCOM_PUBLIC_URL set to an address they can reach.',
    );
  }
  return linkText(invocation, link, lead);
}
