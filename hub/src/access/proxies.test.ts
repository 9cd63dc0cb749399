import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { proxiesIn, reachedBy } from './proxies.js';

const request = (remoteAddress: string, headers: Record<string, string>) =>
  ({ socket: { remoteAddress }, headers: { host: 'own:7700', ...headers } }) as unknown as IncomingMessage;

const headers = {
  'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.0.0.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.example, hub.example',
};

test('what a proxy of ours says is believed: the client is the right-most address that is none of ours', () => {
  const isProxy = proxiesIn(['10.0.0.0/8', 'fd00::1']);
  for (const peer of ['10.0.0.8', '::ffff:10.0.0.8', 'fd00::1']) {
    expect(reachedBy(request(peer, headers), isProxy)).toEqual({
      protocol: 'https',
      host: 'hub.example',
      address: '203.0.113.9',
    });
  }
});

test.each([[['10.0.0.0/8']], [[]]])('what anybody else says is not, with trustProxy = %j', (ranges) => {
  const reached = reachedBy(request('192.0.2.1', headers), proxiesIn(ranges));
  expect(reached).toEqual({ protocol: 'http', host: 'own:7700', address: '192.0.2.1' });
});
