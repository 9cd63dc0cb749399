import { describe, expect, it } from 'vitest';
import { isInTheClear, ProxyError, proxyFor, proxyPasswords, proxyText } from './proxy.js';

const PROXY = 'http://proxy:3128';

function goesThrough(url: string, noProxy: string): boolean {
  return proxyFor(new URL(url), { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NO_PROXY: noProxy }) !== undefined;
}

describe('the proxy for an address', () => {
  it.each([
    ['https://hub.test', { HTTPS_PROXY: 'http://a:1' }, 'http://a:1 (HTTPS_PROXY)'],
    ['wss://hub.test', { HTTPS_PROXY: 'http://a:1' }, 'http://a:1 (HTTPS_PROXY)'],
    ['ws://hub.test', { HTTP_PROXY: 'http://a:1' }, 'http://a:1 (HTTP_PROXY)'],
    ['https://hub.test', { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }, 'http://b:2 (https_proxy)'],
    ['https://hub.test', { all_proxy: 'a:1' }, 'http://a:1 (all_proxy)'],
    ['http://hub.test', { ALL_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2' }, 'http://b:2 (HTTP_PROXY)'],
    ['https://hub.test', { HTTPS_PROXY: 'http://me:secret@a:1' }, 'http://a:1 (HTTPS_PROXY)'],
    ['https://hub.test', { HTTPS_PROXY: 'https://[fd00::1]:8443' }, 'https://[fd00::1]:8443 (HTTPS_PROXY)'],
  ])('%s with %j is %s', (url, env, text) => {
    const proxy = proxyFor(new URL(url), env);
    expect(proxy && proxyText(proxy)).toBe(text);
  });

  it.each([
    ['https://hub.test', { HTTP_PROXY: PROXY }],
    ['http://hub.test', { HTTPS_PROXY: PROXY }],
    ['http://hub.test', { HTTP_PROXY: '' }],
    ['http://127.0.0.1:7700', { HTTP_PROXY: PROXY }],
    ['http://localhost:7700', { HTTP_PROXY: PROXY }],
    ['http://[::1]:7700', { HTTP_PROXY: PROXY }],
    ['http://[::ffff:127.0.0.1]:7700', { HTTP_PROXY: PROXY }],
  ])('%s with %j is none', (url, env) => {
    expect(proxyFor(new URL(url), env)).toBeUndefined();
  });

  it.each(['socks5://127.0.0.1:1080', 'http://', 'http://me:secret@', '://me:secret@x', 'http://me:secret@host:port'])(
    '%s cannot be used, and is not shown',
    (value) => {
      const asked = () => proxyFor(new URL('https://hub.test'), { ALL_PROXY: value });
      expect(asked).toThrow(ProxyError);
      expect(asked).not.toThrow(/secret/);
    },
  );
});

describe('NO_PROXY', () => {
  it.each([
    ['https://hub.test', 'hub.test'],
    ['https://hub.test', 'other.test, HUB.test'],
    ['https://a.hub.test', 'hub.test'],
    ['https://a.hub.test', '.hub.test'],
    ['https://hub.test', '.hub.test'],
    ['https://a.hub.test', '*.hub.test'],
    ['https://hub.test', '*'],
    ['https://hub.test.', 'hub.test'],
    ['https://hub.test', 'hub.test:443'],
    ['http://hub.test:7700', 'hub.test:7700 other'],
    ['http://10.1.2.3', '10.0.0.0/8'],
    ['http://10.1.2.3', '10.1.2.3'],
    ['http://10.1.2.3:7700', '10.1.2.3:7700'],
    ['http://[fd00::5]:7700', 'fd00::/8'],
    ['http://[fd00::5]:7700', 'fd00::5'],
    ['http://[fd00::5]:7700', '[fd00::5]'],
    ['http://[fd00::5]:7700', '[FD00:0::5]:7700'],
  ])('%s is reached directly with %s', (url, list) => {
    expect(goesThrough(url, list)).toBe(false);
  });

  it.each([
    ['https://hub.test', ''],
    ['https://myhub.test', 'hub.test'],
    ['https://hub.test', 'a.hub.test'],
    ['https://hub.test', 'hub.test:7700'],
    ['http://hub.test:7700', 'hub.test:80'],
    ['http://10.1.2.3', '11.0.0.0/8'],
    ['http://10.1.2.3', '10.0.0.0/33'],
    ['http://10.1.2.3', '3'],
    ['http://[fd00::5]:7700', '[fd00::5]:80'],
    ['http://[fd00::5]', '10.0.0.0/8'],
    ['https://hub.test', '. .test.x'],
  ])('%s goes through the proxy with "%s"', (url, list) => {
    expect(goesThrough(url, list)).toBe(true);
  });
});

it('gives away every password that is not to be shown', () => {
  const env = { HTTPS_PROXY: 'http://me:p%40ss@a:1', all_proxy: 'you:word@b', HTTP_PROXY: 'http://c:3' };
  expect(proxyPasswords(env).sort()).toEqual(['p%40ss', 'p@ss', 'word']);
});

it.each([
  ['http://10.0.0.5:7700', true],
  ['http://hub.example', true],
  ['ws://hub.example', true],
  ['https://hub.example', false],
  ['wss://hub.example', false],
  ['http://127.0.0.1:7700', false],
  ['http://localhost', false],
  ['http://[::1]:7700', false],
])('others can read what is said to %s: %s', (url, is) => {
  expect(isInTheClear(new URL(url))).toBe(is);
});
