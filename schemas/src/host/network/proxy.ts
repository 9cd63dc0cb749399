// Which proxy the environment names for an address: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in either case.

import { BlockList, isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HttpProxy {
  readonly url: URL;
  /** The variable that names it. */
  readonly variable: string;
}

/** The way through a proxy is not open. The message names the proxy, never its credentials. */
export class ProxyError extends Error {
  constructor(
    message: string,
    /** What to do about it, as a sentence. */
    readonly remedy: string,
    /** Whether another try may succeed with nothing changed here. */
    readonly passing: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'ProxyError';
  }
}

const SECURE = new Set(['https:', 'wss:']);
/** As curl has it; a proxy of another kind cannot be asked to CONNECT. */
const SCHEMES = new Set(['http:', 'https:']);

/**
 * Undefined where the address is reached directly. An address of this machine always is: a proxy elsewhere would understand its
 * own. Throws `ProxyError` for a proxy that cannot be used.
 */
export function proxyFor(target: URL, env: Environment): HttpProxy | undefined {
  const names = [SECURE.has(target.protocol) ? 'https_proxy' : 'http_proxy', 'all_proxy'];
  const named = names.map((name) => nonEmpty(env, name)).find((found) => found !== undefined);
  if (named === undefined || isLoopback(target) || isExempt(target, nonEmpty(env, 'no_proxy')?.value ?? ''))
    return undefined;
  const { variable, value } = named;
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Never shown: it may hold a password.
  if (url === undefined || url.hostname === '')
    throw new ProxyError(`${variable} is not the address of a proxy`, `Set ${variable} to http://HOST:PORT.`, false);
  if (SCHEMES.has(url.protocol)) return { url, variable };
  throw new ProxyError(
    `${variable} names a ${url.protocol.slice(0, -1)} proxy, which is not supported`,
    `Set ${variable} to an HTTP proxy (http://HOST:PORT), or list ${target.hostname} in NO_PROXY.`,
    false,
  );
}

/** Whether any proxy is named at all: asked before the rest is loaded. */
export function namesProxy(env: Environment): boolean {
  return ['https_proxy', 'http_proxy', 'all_proxy'].some((name) => nonEmpty(env, name) !== undefined);
}

/** For people; without user and password. */
export function proxyText({ url, variable }: HttpProxy): string {
  return `${url.protocol}//${url.host} (${variable})`;
}

/** The password in each variable that names a proxy, as it stands there and as it is sent: not to be shown to anybody. */
export function proxyPasswords(env: Environment): string[] {
  return ['https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) =>
    [env[name], env[name.toUpperCase()]].flatMap((value) => {
      const text = value?.includes('://') ? value : `http://${value}`;
      if (!URL.canParse(text)) return [];
      const { password } = new URL(text);
      return password === '' ? [] : [...new Set([password, decoded(password)])];
    }),
  );
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether an address means this machine, so that nothing said to it is seen by others. */
export function isLoopback({ hostname }: URL): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname) ||
    /^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]$/.test(hostname)
  );
}

/** Whether others on the way can read what is said to this address. */
export function isInTheClear(url: URL): boolean {
  return !SECURE.has(url.protocol) && !isLoopback(url);
}

/** Addresses of this machine as curl has them in its list: the names below `localhost` with it, ranges since version 7.86. */
const LOOPBACK = ['localhost', '127.0.0.1', '127.0.0.0/8', '::1'];

/** `no_proxy` for a program that goes by curl's rules, so that it too reaches this machine directly. */
export function noProxyFor(env: Environment): string {
  const own = nonEmpty(env, 'no_proxy')?.value;
  // Only alone it means everything.
  return own === '*' ? own : [...(own === undefined ? [] : [own]), ...LOOPBACK].join(',');
}

/** The lower case wins, as with curl. */
function nonEmpty(env: Environment, name: string): { variable: string; value: string } | undefined {
  for (const variable of [name, name.toUpperCase()]) {
    const value = env[variable]?.trim();
    if (value) return { variable, value };
  }
  return undefined;
}

/**
 * NO_PROXY: names apart by commas or blanks. `example.com`, `.example.com` and `*.example.com` mean the name and all below it;
 * `10.0.0.0/8` and `fd00::/8` a range of addresses; `:8080` behind any of them that port alone; `*` everything.
 */
function isExempt(target: URL, list: string): boolean {
  const host = plainHost(target.hostname);
  const port = target.port || (SECURE.has(target.protocol) ? '443' : '80');
  return list.split(/[\s,]+/).some((entry) => entry !== '' && covers(entry.toLowerCase(), host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, bracketed, plain = '', entryPort] = /^(?:\[([^\]]+)\]|(.*?))(?::(\d+))?$/.exec(entry) ?? [];
  // Without brackets, what follows a colon of an IPv6 address is no port.
  const isBareIpv6 = bracketed === undefined && (isIP(entry) === 6 || /^[0-9a-f:]+\/\d+$/.test(entry));
  if (!isBareIpv6 && entryPort !== undefined && entryPort !== port) return false;
  const name = isBareIpv6 ? entry : (bracketed ?? plain);
  const family = isIP(host);
  if (family !== 0) return coversAddress(name, host, family === 6 ? 'ipv6' : 'ipv4');
  const suffix = name.replace(/^\*?\./, '').replace(/\.$/, '');
  const asked = host.replace(/\.$/, '');
  return suffix !== '' && (asked === suffix || asked.endsWith(`.${suffix}`));
}

function coversAddress(entry: string, host: string, family: 'ipv4' | 'ipv6'): boolean {
  const [address = '', prefix] = entry.split('/');
  if (isIP(address) !== (family === 'ipv6' ? 6 : 4)) return false;
  const bits = prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 'ipv6' ? 128 : 32)) return false;
  const range = new BlockList();
  range.addSubnet(address, bits, family);
  return range.check(host, family);
}

/** A host as sockets want it: an IPv6 address without its brackets. */
export function plainHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
