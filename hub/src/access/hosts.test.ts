import { expect, test } from 'vitest';
import { type Head, type HostSettings, Hosts } from './hosts.js';

function said(changes: Partial<Head>, settings: Partial<HostSettings> = {}): string | undefined {
  const hosts = new Hosts({ host: '127.0.0.1', allowedHosts: [], ...settings }, 'Box');
  const head = {
    protocol: 'http',
    host: 'localhost',
    localAddress: '127.0.0.1',
    origin: undefined,
    rawHeaders: [],
    isChange: false,
  } as const;
  return hosts.refuse({ ...head, ...changes })?.code;
}

test.each([
  ['localhost', {}],
  ['localhost:7700', {}],
  ['LOCALHOST.:8080', {}],
  ['a.localhost', {}],
  ['127.0.0.9:1', {}],
  ['[::1]:7700', {}],
  ['', {}],
  ['10.0.0.5:7700', { host: '10.0.0.5' }],
  ['box:7700', { host: '0.0.0.0' }],
  ['box.local', { host: '::' }],
  ['hub.example.org', { publicUrl: 'https://Hub.example.org/agentcom' }],
  ['[fd00::5]', { publicUrl: 'https://[fd00::5]:7700' }],
  ['other.example', { allowedHosts: ['Other.example'] }],
  ['a.b.example', { allowedHosts: ['*.b.example'] }],
] as const)('Host: %s is ours with %j', (host, settings) => {
  expect(said({ host }, settings)).toBeUndefined();
});

test('the address at which it came in is ours, also as IPv6 has it', () => {
  expect(said({ host: '192.0.2.7:7700', localAddress: '::ffff:192.0.2.7' }, { host: '::' })).toBeUndefined();
  expect(said({ host: '192.0.2.8:7700', localAddress: '192.0.2.7' }, { host: '0.0.0.0' })).toBe('request.wrong_host');
});

test.each([
  ['evil.example', {}],
  ['localhost.evil.example', {}],
  ['127.0.0.1.evil.example', {}],
  ['box', {}],
  ['example', { allowedHosts: ['*.example'] }],
  ['.example', { allowedHosts: ['*.example'] }],
  ['evilexample', { allowedHosts: ['*.example'] }],
] as const)('Host: %s is not ours with %j', (host, settings) => {
  expect(said({ host }, settings)).toBe('request.wrong_host');
});

test.each(['x"$(id)', 'a b', 'a@b', 'a:b', 'a:123456', '[::1', 'a/b'])('Host: %s is no host', (host) => {
  expect(said({ host })).toBe('request.invalid');
});

test.each([
  ['http://localhost:7700', 'http', undefined],
  ['https://localhost:7700', 'http', 'request.cross_origin'],
  ['http://localhost:7701', 'http', 'request.cross_origin'],
  ['http://evil.example', 'http', 'request.cross_origin'],
  ['null', 'http', 'request.cross_origin'],
  ['https://localhost:7700', 'https', undefined],
  ['https://hub.example', 'http', undefined],
])('a change from a page at %s, by %s, is refused with %s', (origin, protocol, code) => {
  const settings = { publicUrl: 'https://hub.example/' };
  expect(said({ host: 'localhost:7700', protocol, origin, isChange: true }, settings)).toBe(code);
  expect(said({ host: 'localhost:7700', protocol, origin, isChange: false }, settings)).toBeUndefined();
});
