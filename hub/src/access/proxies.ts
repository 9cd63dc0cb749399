// The proxies in front of the hub: what they say of a request is believed, what anybody else says is not.

import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { addressRange } from '@agentcom/schemas';
import proxyAddr from '@fastify/proxy-addr';

/** Whether a peer with this address is a proxy of ours. */
export type IsProxy = (address: string) => boolean;

/** `ranges` as in the setting `trustProxy`. */
export function proxiesIn(ranges: readonly string[]): IsProxy {
  const list = new BlockList();
  for (const text of ranges) {
    const range = addressRange(text);
    if (range !== undefined) list.addSubnet(range.address, range.bits, range.family);
  }
  // An IPv4 address that comes over an IPv6 socket is found too.
  return (address) => ranges.length > 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** How a request reached the hub, or the proxy before it. */
export interface Reached {
  readonly protocol: string;
  /** With the port, if it was given. */
  readonly host: string;
  /** The right-most address on the way that is not one of our proxies. */
  readonly address: string;
}

/** As fastify has it of requests that it routes. */
export function reachedBy(request: IncomingMessage, isProxy: IsProxy): Reached {
  const { socket, headers } = request;
  const forwarded = isProxy(socket.remoteAddress ?? '') ? headers : {};
  const own = 'encrypted' in socket ? 'https' : 'http';
  return {
    protocol: lastOf(forwarded['x-forwarded-proto']) ?? own,
    host: lastOf(forwarded['x-forwarded-host']) ?? headers.host ?? '',
    address: proxyAddr(request, isProxy),
  };
}

/** The nearest proxy adds its own at the end. */
function lastOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',').at(-1)?.trim();
}
