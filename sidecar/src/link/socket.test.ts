import { createServer } from 'node:https';
import {
  listening,
  stopped,
  type TestAuthority,
  testAuthority,
  testProxy,
} from '@agentcom/schemas/host/network/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { FakeHub } from './fixture.js';
import { HubSocket } from './socket.js';

let authority: TestAuthority;

beforeAll(async () => {
  authority = await testAuthority();
});

afterAll(() => authority.remove());

type Env = Readonly<Record<string, string>>;

/** How the first try to open a socket ended, in one line. */
async function outcomeOf(hub: string, env: Env): Promise<string> {
  let socket: HubSocket | undefined;
  const said = await new Promise<string>((resolve) => {
    socket = new HubSocket(
      hub,
      'ac_key',
      {
        opened: () => resolve('opened'),
        heard: () => undefined,
        frame: () => undefined,
        unreadable: resolve,
        turnedAway: (status) => resolve(`turned away ${status}`),
        foreign: () => resolve('foreign'),
        closed: (code, reason) => resolve(`closed ${code} ${reason}`),
      },
      env,
    );
  });
  await socket?.drop('the test is over');
  return said;
}

describe('a socket to a hub that is reached through a proxy alone', () => {
  it('opens', async () => {
    const hub = await FakeHub.start();
    const proxy = await testProxy({ routes: { 'hub.test:7700': Number(new URL(hub.url).port) } });
    expect(await outcomeOf('http://hub.test:7700', { HTTP_PROXY: proxy.url })).toBe('opened');
    await Promise.all([hub.stop(), proxy.stop()]);
  });

  it('opens by TLS with the certificate of a private authority, and only with it', async () => {
    const server = createServer(await authority.issue('hub.test'));
    new WebSocketServer({ server, handleProtocols: () => 'agentcom.v1' });
    const proxy = await testProxy({ routes: { 'hub.test:443': await listening(server) } });
    const env = { HTTPS_PROXY: proxy.url };
    expect(await outcomeOf('https://hub.test', { ...env, NODE_EXTRA_CA_CERTS: authority.file })).toBe('opened');
    expect(await outcomeOf('https://hub.test', env)).toContain('authority that this machine does not trust');
    await Promise.all([stopped(server), proxy.stop()]);
  });

  it('says which proxy stands in the way, without its password', async () => {
    const proxy = await testProxy({ login: 'me:other' });
    const env = { HTTP_PROXY: `http://me:secret@127.0.0.1:${proxy.port}` };
    const said = await outcomeOf('http://hub.test:7700', env);
    expect(said).toContain(`the proxy ${proxy.url} (HTTP_PROXY) does not accept its user name and password`);
    expect(said).not.toContain('secret');
    await proxy.stop();
  });

  it('leaves nothing open when it is dropped while the proxy says nothing', async () => {
    const proxy = await testProxy({ status: 0 });
    const silent = { opened: () => undefined, heard: () => undefined, frame: () => undefined };
    const unheard = { unreadable: () => undefined, turnedAway: () => undefined, foreign: () => undefined };
    const listener = { ...silent, ...unheard, closed: () => undefined };
    const socket = new HubSocket('http://hub.test:7700', 'ac_key', listener, { HTTP_PROXY: proxy.url });
    while (proxy.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await socket.drop('the test is over');
    while (proxy.open() > 0) await new Promise((resolve) => setImmediate(resolve));
    await proxy.stop();
  });
});
