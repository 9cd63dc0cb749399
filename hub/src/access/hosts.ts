// Which names the hub goes by. A page whose own name is made to lead here (DNS rebinding) sends that name, and is refused; so is what a
// page of another site makes a browser send.

import { Refusal } from '../core/refusal.js';

export interface HostSettings {
  /** What it listens on. */
  readonly host: string;
  readonly publicUrl?: string | undefined;
  readonly allowedHosts: readonly string[];
}

export interface Head {
  readonly protocol: string;
  readonly host: string;
  /** The address of this machine at which it came in. */
  readonly localAddress: string | undefined;
  readonly origin: string | undefined;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** It changes something, or opens a socket. */
  readonly isChange: boolean;
}

/** Of these the hub reads one, and whatever stands before it may read another. */
const ONCE = ['Host', 'Authorization'];
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]"'<>\\/@]+))(?::\d{1,5})?$/i;
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|::1)$/;

export class Hosts {
  readonly #names: ReadonlySet<string>;
  /** Ends of names, with the dot. */
  readonly #below: readonly string[];
  readonly #publicOrigin: string | undefined;

  /** `machine`: the name of this machine, by which it is reached if it listens on all addresses. */
  constructor({ host, publicUrl, allowedHosts }: HostSettings, machine: string) {
    const url = publicUrl === undefined ? undefined : new URL(publicUrl);
    const own = WILDCARDS.has(host) ? [machine, `${machine}.local`] : [host];
    const names = [...own, ...(url === undefined ? [] : [url.hostname]), ...allowedHosts].map(plain);
    this.#names = new Set(names.filter((name) => !name.startsWith('*.')));
    this.#below = names.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
    this.#publicOrigin = url?.origin;
  }

  /** Why a request with this head is not answered. One without a host, which HTTP/1.0 allows and no browser sends, is. */
  refuse({ protocol, host, localAddress, origin, rawHeaders, isChange }: Head): Refusal | undefined {
    const twice = ONCE.find((name) => isRepeated(name.toLowerCase(), rawHeaders));
    if (twice !== undefined) return new Refusal('request.invalid', `the ${twice} header may be there only once`);
    if (host !== '') {
      const [, bracketed, other] = HOST.exec(host) ?? [];
      const name = bracketed ?? other;
      if (name === undefined) return new Refusal('request.invalid', 'the Host header is not valid');
      if (!this.#isOurs(plain(name), localAddress)) {
        return new Refusal('request.wrong_host', `this hub does not go by the name ${name.slice(0, 100)}`);
      }
    }
    if (!isChange || origin === undefined) return undefined;
    const isOwn = origin === this.#publicOrigin || origin.toLowerCase() === `${protocol}://${host}`.toLowerCase();
    return isOwn ? undefined : new Refusal('request.cross_origin', 'a page of another site may not do this');
  }

  #isOurs(name: string, localAddress: string | undefined): boolean {
    if (LOOPBACK.test(name) || this.#names.has(name)) return true;
    if (localAddress !== undefined && plain(localAddress) === name) return true;
    return this.#below.some((end) => name.endsWith(end) && name.length > end.length);
  }
}

function isRepeated(name: string, rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === name) count++;
  }
  return count > 1;
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/, '')
    .replace(/\.$/, '');
}
