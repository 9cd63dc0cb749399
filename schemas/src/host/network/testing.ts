// For tests: a forward proxy that alone knows some names, and an authority of its own for certificates.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as overHttp, type Server } from 'node:http';
import { type AddressInfo, connect, isIP, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface TestProxy {
  readonly url: string;
  readonly port: number;
  /** What it was asked to connect to, in order. */
  readonly asked: readonly string[];
  /** The credentials of each question. */
  readonly credentials: readonly (string | undefined)[];
  /** How many connections to it are open. */
  open(): number;
  stop(): Promise<void>;
}

export interface ProxyBehaviour {
  /** The port of this machine that each `host:port` leads to; another is answered with 502. */
  readonly routes?: Readonly<Record<string, number>>;
  /** What it answers instead; 0 for nothing at all. */
  readonly status?: number;
  /** `user:password`, without which it answers 407. */
  readonly login?: string;
}

export async function testProxy({ routes = {}, status, login }: ProxyBehaviour): Promise<TestProxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    // As curl asks for what is not encrypted.
    const target = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    const port = target && routes[`${target.hostname}:${target.port || '80'}`];
    if (target === undefined || port === undefined) return response.writeHead(502).end();
    const { method, headers } = request;
    const path = `${target.pathname}${target.search}`;
    const onwards = overHttp({ port, host: '127.0.0.1', method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    return request.pipe(onwards);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, client, head) => {
    const to = request.url ?? '';
    asked.push(to);
    const given = request.headers['proxy-authorization'];
    credentials.push(given);
    client.on('error', () => undefined);
    const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    const refusal = status ?? (given === wanted ? undefined : 407);
    if (refusal === 0) {
      client.on('end', () => client.end()).resume();
      return;
    }
    const port = routes[to];
    if (refusal !== undefined || port === undefined) {
      client.end(`HTTP/1.1 ${refusal ?? 502} No\r\nContent-Type: text/html\r\n\r\n<html>no</html>`);
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    credentials,
    open: () => sockets.size,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await stopped(server);
    },
  };
}

export async function listening(server: NetServer, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export async function stopped(server: NetServer | Server): Promise<void> {
  if ('closeAllConnections' in server) server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

export interface TestAuthority {
  /** The file with its certificate. */
  readonly file: string;
  /** Key and certificate for a server of this name. */
  issue(name: string): Promise<{ readonly key: string; readonly cert: string }>;
  remove(): Promise<void>;
}

/** By the `openssl` of this machine. */
export async function testAuthority(): Promise<TestAuthority> {
  const dir = await mkdtemp(join(tmpdir(), 'agentcom-authority-'));
  const run = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: dir });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Test authority',
    '-days',
    '2',
  );
  const file = join(dir, 'ca.pem');
  return {
    file,
    issue: async (name) => {
      await writeFile(join(dir, 'san'), `subjectAltName=${isIP(name) !== 0 ? 'IP' : 'DNS'}:${name}\n`);
      await run('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', `/CN=${name}`);
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san', '-days', '2'];
      await run('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.pem');
      const [key, cert] = await Promise.all(
        ['server.key', 'server.pem'].map((part) => readFile(join(dir, part), 'utf8')),
      );
      return { key: key ?? '', cert: cert ?? '' };
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
