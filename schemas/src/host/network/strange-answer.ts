// What an answer is that no hub gave: the sign-in page of a network, a page of a proxy, another program at the address.

import type { IncomingHttpHeaders } from 'node:http';

interface Head {
  readonly statusCode?: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Goes on after "answered with". */
export function strangeAnswer({ statusCode = 0, headers }: Head): string {
  const { location, 'content-type': type = '' } = headers;
  if (statusCode >= 300 && statusCode < 400 && location !== undefined)
    return `a redirect to ${where(location)} (HTTP ${statusCode})`;
  if (/\bhtml\b/i.test(type)) return `a web page (HTTP ${statusCode})`;
  if (/\bjson\b/i.test(type)) return `JSON that is not from a hub (HTTP ${statusCode})`;
  return `something that is not from a hub (HTTP ${statusCode})`;
}

/** What follows the host may be long, and may hold a secret. */
function where(location: string): string {
  return URL.canParse(location) ? new URL(location).origin : 'another path';
}
