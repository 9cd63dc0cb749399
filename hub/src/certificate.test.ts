import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { type TestAuthority, testAuthority } from '@agentcom/schemas/host/network/testing';
import { recordedLog } from '@agentcom/schemas/log-testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Certificate, UnusableCertificate } from './certificate.js';

let authority: TestAuthority;
let dir: string;
let files: { tlsCert: string; tlsKey: string };
let pair: { key: string; cert: string };

beforeAll(async () => {
  authority = await testAuthority();
  pair = await authority.issue('one.test');
});
afterAll(() => authority.remove());

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-certificate-'));
  files = { tlsCert: join(dir, 'cert.pem'), tlsKey: join(dir, 'key.pem') };
  await write(pair);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** As tools do that renew certificates: each file is replaced as a whole. */
async function write({ cert, key }: { cert: string; key: string }): Promise<void> {
  for (const [file, text] of [
    [files.tlsCert, cert],
    [files.tlsKey, key],
  ] as const) {
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}

describe('a certificate that is served', () => {
  let server: Server;
  const sockets: TLSSocket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  /** A connection, and the name in the certificate that it got. */
  async function connected(options: { maxVersion?: 'TLSv1.1' } = {}): Promise<{ socket: TLSSocket; name: unknown }> {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    sockets.push(socket);
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return { socket, name: socket.getPeerCertificate().subject.CN };
  }

  async function serve() {
    const { lines, log } = recordedLog();
    const certificate = await Certificate.open(files, log);
    server = createServer(certificate.options, (_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    certificate.follow(server);
    return { certificate, lines };
  }

  test('is replaced for new connections when its files change; open ones go on', async () => {
    const { certificate } = await serve();
    const before = await connected();
    expect(before.name).toBe('one.test');
    await write(await authority.issue('two.test'));
    await certificate.look();
    expect((await connected()).name).toBe('two.test');
    expect(certificate.expiresAt).toBe(Date.parse((await connected()).socket.getPeerCertificate().valid_to));
    before.socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const answer = await new Promise((resolve) => before.socket.once('data', resolve));
    expect(String(answer)).toMatch(/^HTTP\/1.1 200/);
    await certificate.stop();
  });

  test('is kept when what takes its place cannot be used, which is logged once', async () => {
    const { certificate, lines } = await serve();
    const { cert } = await authority.issue('two.test');
    for (const change of [() => write({ cert, key: pair.key }), () => rm(files.tlsKey)]) {
      lines.length = 0;
      await change();
      await certificate.look();
      await certificate.look();
      expect((await connected()).name).toBe('one.test');
      expect(lines).toHaveLength(1);
      expect(lines[0]?.msg).toContain('the one before is kept');
    }
    await write(await authority.issue('three.test'));
    await certificate.look();
    expect((await connected()).name).toBe('three.test');
    await certificate.stop();
  });

  test('is not served with a version before TLS 1.2', async () => {
    const { certificate } = await serve();
    expect(certificate.options).toMatchObject({ minVersion: 'TLSv1.2' });
    await expect(connected({ maxVersion: 'TLSv1.1' })).rejects.toThrow();
    await certificate.stop();
  });
});

test.each([
  [
    'the key of another certificate',
    async () => write({ cert: pair.cert, key: (await authority.issue('two.test')).key }),
  ],
  ['no certificate', () => writeFile(files.tlsCert, 'hello')],
  ['no file', () => rm(files.tlsCert)],
  ['a key that everybody can read', () => chmod(files.tlsKey, 0o644)],
])('a hub does not start with %s', async (_what, change) => {
  await change();
  await expect(Certificate.open(files, recordedLog().log)).rejects.toThrow(UnusableCertificate);
});
