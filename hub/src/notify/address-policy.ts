// Which addresses the hub does not call on behalf of others: those of its own machine and network, and those that lead nowhere.

import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { addressRange } from '@agentcom/schemas';

/** IANA's registries of special-purpose addresses, and multicast. An IPv4 range holds for its addresses in IPv6 (`::ffff:…`) too. */
const SPECIAL = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
  ...['::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '5f00::/16'],
  ...['fc00::/7', 'fe80::/9', 'ff00::/8'],
];
/** Its last 32 bits are an IPv4 address (RFC 6052). */
const TRANSLATED = '64:ff9b::/96';

/** Whether an address may be called. */
export type AddressPolicy = (address: string) => boolean;

/**
 * @param allowed  ranges, as settings have them, that may be called although they are private
 * @param own  the addresses of this machine: also by a public one, what comes from it passes no firewall
 */
export function addressPolicy(allowed: readonly string[], own: () => readonly string[] = ownAddresses): AddressPolicy {
  const mayCall = contains(allowed);
  return (address) => {
    if (mayCall(address)) return true;
    const isOwn = contains(own());
    return ![address, embedded(address)].some((one) => isSpecial(one) || isOwn(one));
  };
}

/** As they are now: they change. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

const isSpecial = contains(SPECIAL);
const isTranslated = contains([TRANSLATED]);

function contains(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of ranges) {
    const range = addressRange(text);
    if (range !== undefined) list.addSubnet(range.address, range.bits, range.family);
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** The IPv4 address that a translator would call, or the address itself. */
function embedded(address: string): string {
  if (!isIPv6(address) || !isTranslated(address)) return address;
  // The usual way of writing it: hexadecimal groups, of which the last two are there.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':').slice(-2);
  const bytes = groups.flatMap((group) => {
    const bits = group === '' ? 0 : Number.parseInt(group, 16);
    return [bits >> 8, bits & 0xff];
  });
  return bytes.join('.');
}
