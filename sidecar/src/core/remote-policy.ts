// Which repositories the tasks of others may make this machine speak to, by its settings. Text alone decides here; what a name resolves
// to is judged by `judgeAddresses` once that is known.

import type { SidecarSettings } from '@agentcom/schemas';
import { matchesPattern } from '@agentcom/schemas/pattern';
import type { Failure } from './attempt.js';

export type RemotePolicy = Pick<SidecarSettings['git'], 'repositories' | 'hosts' | 'localHosts' | 'directories'>;

/** Nothing is refused: for addresses that the machine's owner names. */
export const ANY_REMOTE: RemotePolicy = { repositories: ['*'], hosts: ['*'], localHosts: ['*'], directories: ['*'] };

export interface RemoteHost {
  /** As the rules of web addresses have it: in lower case, numbers of any notation as an IP address; IPv6 without brackets. */
  readonly name: string;
  /** With the port, when it is not the usual one: what settings name. */
  readonly text: string;
}

/** A refusal, the host whose addresses are to be judged, or the directory whose real place is. */
export type JudgedRemote =
  | { readonly failure: Failure }
  | { readonly host: RemoteHost }
  | { readonly directory: string };

/** `url` has one of the forms that `isRepoUrl` accepts. */
export function judgeRemote(url: string, policy: RemotePolicy): JudgedRemote {
  if (/^file:/i.test(url)) {
    // As git reads it; a URL has no `..` any more.
    const directory = decoded(new URL(url).pathname);
    const failure = judgeDirectory(directory, policy);
    return failure === undefined ? { directory } : { failure };
  }
  const remote = remoteOf(url);
  if (remote === undefined) return { failure: refusal(`the address ${url} cannot be read`, 'hosts') };
  const { host, path } = remote;
  if (!anyMatches(policy.hosts, host.text)) {
    return { failure: refusal(`the host ${host.text} is not among those that tasks may use`, 'hosts') };
  }
  if (!allowsRepository(policy.repositories, host.text, path)) {
    const what = `the repository ${host.text}/${path} is not among those that tasks may use`;
    return { failure: refusal(what, 'repositories') };
  }
  return { host };
}

/** curl reads the names below it as loopback by itself, whatever the system makes of them. */
const LOCALHOST = /(^|\.)localhost$/;

/** Undefined when the machine may speak to a host with these IP addresses. */
export function judgeAddresses(
  host: RemoteHost,
  addresses: readonly string[],
  { localHosts }: RemotePolicy,
): Failure | undefined {
  const near = LOCALHOST.test(host.name) ? host.name : addresses.find(isNear);
  if (near === undefined || anyMatches(localHosts, host.text)) return undefined;
  const what = near === host.name ? host.text : `${host.text} (${near})`;
  return refusal(`the host ${what} is this machine itself, or known to it alone`, 'localHosts');
}

/** Undefined when tasks may use it. */
export function judgeDirectory(path: string, { directories }: RemotePolicy): Failure | undefined {
  if (anyMatches(directories, path) && !path.split('/').includes('..')) return undefined;
  return refusal(`the directory ${path} is not among those that tasks may use`, 'directories');
}

function refusal(what: string, setting: keyof RemotePolicy): Failure {
  const message = `${what}: allow it with \`git.${setting}\` in sidecar.toml`;
  return { class: 'permanent', code: 'git.not_allowed', message, mend: 'person' };
}

const PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80', 'ssh:': '22' };

function remoteOf(url: string): { readonly host: RemoteHost; readonly path: string } | undefined {
  const full = /^(https?:|ssh:)\/\/(?:[^@/]*@)?(\[[^\]/]*\]|[^:/]*)(?::(\d*))?\/*(.*)$/i.exec(url);
  const scp = /^(?:[^@/:]+@)?(\[[^/\]]+\]|[^/:]+):(.+)$/.exec(url);
  const [, scheme = 'ssh:', name = '', port = '', path = ''] = full ?? [
    '',
    'ssh:',
    scp?.[1],
    '',
    scp?.[2]?.replace(/^\/+/, ''),
  ];
  // git reads `[127.0.0.1:22]` as a host with its port.
  if (name.startsWith('[') && !URL.canParse(`http://${name}/`)) return undefined;
  const host = canonical(name);
  if (host === '' || path === '') return undefined;
  const shown = host.includes(':') ? `[${host}]` : host;
  const isUsual = port === '' || port === PORTS[scheme.toLowerCase()];
  return { host: { name: host, text: isUsual ? shown : `${shown}:${port}` }, path: plainPath(path) };
}

/** curl, ssh and the system read `0x7f.1`, `2130706433`, `%31` and full-width digits as addresses too, as web addresses do. */
function canonical(name: string): string {
  const text = `http://${name}/`;
  const host = URL.canParse(text) ? new URL(text).hostname : name.toLowerCase();
  return host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function allowsRepository(patterns: readonly string[], host: string, path: string): boolean {
  if (patterns.includes('*')) return true;
  // A server may read these as another path than the one that is compared.
  const isPlain = !/[%\\]/.test(path) && !path.split('/').some((part) => part === '' || part === '.' || part === '..');
  return isPlain && patterns.some((pattern) => matchesPattern(plainPattern(pattern), `${host}/${path}`));
}

/** People may also write what they would submit. */
function plainPattern(pattern: string): string {
  const plain = pattern.replace(/^[a-z]+:\/\//i, '').replace(/^[^@/]*@/, '');
  const [host = '', ...path] = plain.replace(/^([^/:[]+):(?!\d+(?:\/|$))/, '$1/').split('/');
  return [host.toLowerCase(), plainPath(path.join('/'))].join('/').replace(/^\*\/$/, '*');
}

function plainPath(path: string): string {
  return path.replace(/\/+$/, '').replace(/\.git$/, '');
}

function anyMatches(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => pattern === '*' || matchesPattern(pattern, text));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Services for metadata that are not at a link-local address. */
const METADATA: readonly string[] = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254'];

/** Loopback, what is no address yet, link-local with the metadata services of clouds, multicast. */
function isNear(address: string): boolean {
  const plain = address.replace(/%.*$/, '').toLowerCase();
  if (METADATA.includes(plain)) return true;
  if (!plain.includes(':')) {
    const [a, b] = plain.split('.').map(Number);
    return a === 0 || a === 127 || (a === 169 && b === 254) || (a !== undefined && a >= 224);
  }
  const groups = groupsOf(plain);
  const [first = 0] = groups;
  const isLoopback = groups.slice(0, 7).every((group) => group === 0) && (groups[7] ?? 0) <= 1;
  // fe80::/10, its predecessor fec0::/10, ff00::/8.
  return isLoopback || first >= 0xfe80 || embedded(groups).some(isNear);
}

/** IPv4 addresses inside of one of IPv6: mapped, compatible, translated (NAT64), 6to4. */
function embedded(groups: readonly number[]): readonly string[] {
  const ipv4 = (high = 0, low = 0) => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const [first, second] = groups;
  const isInLast = groups.slice(0, 5).every((group) => group === 0) || (first === 0x64 && second === 0xff9b);
  return [...(isInLast ? [ipv4(groups[6], groups[7])] : []), ...(first === 0x2002 ? [ipv4(second, groups[2])] : [])];
}

function groupsOf(address: string): readonly number[] {
  // The form without IPv4 notation.
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [before = '', after] = text.split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [numbers(before), after === undefined ? [] : numbers(after)];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}
