// IP addresses and ranges of them as settings have them: `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`.

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;

export interface AddressRange {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Undefined when it is none. */
export function addressRange(text: string): AddressRange | undefined {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = IPV4.test(address) ? 'ipv4' : isIpv6(address) ? 'ipv6' : undefined;
  if (family === undefined) return undefined;
  const most = family === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix);
  return bits <= most ? { address, bits, family } : undefined;
}

export function isAddressRange(text: string): boolean {
  return addressRange(text) !== undefined;
}

/** No `schemas` may use Node, which has this as `isIPv6`. */
function isIpv6(text: string): boolean {
  const parts = text.split('::');
  if (parts.length > 2) return false;
  const groups = parts.flatMap((part) => (part === '' ? [] : part.split(':')));
  const last = groups.at(-1);
  const hasIpv4 = last !== undefined && IPV4.test(last) && text.endsWith(last);
  if (hasIpv4) groups.pop();
  const count = groups.length + (hasIpv4 ? 2 : 0);
  return groups.every((group) => IPV6_GROUP.test(group)) && (parts.length === 2 ? count <= 7 : count === 8);
}
