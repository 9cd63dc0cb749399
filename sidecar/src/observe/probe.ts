// The sidecar's own door for whoever watches the machine: whether it lives, whether it is linked, its metrics. On this machine only.

import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { codeOf, writeDurably } from '@agentcom/schemas/host';

const THIS_MACHINE = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

export interface ProbeParts {
  /** 0 takes a free one. */
  readonly port: number;
  readonly stateDir: string;
  readonly version: string;
  /** What Prometheus reads. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Why no task can come at present; empty when one can. */
  readonly reasons: () => readonly string[];
  /** A request could not be answered. */
  readonly onFailed: (error: unknown) => void;
}

export class Probe {
  readonly #server: Server;
  readonly #file: string;

  private constructor(
    server: Server,
    readonly url: string,
    file: string,
  ) {
    this.#server = server;
    this.#file = file;
  }

  /** Its address is written to `local.json` in the state directory. */
  static async start(parts: ProbeParts): Promise<Probe> {
    const server = createServer((request, response) => {
      answer(parts, request, response).catch((error: unknown) => {
        parts.onFailed(error);
        if (!response.headersSent) say(response, 500, { status: 'failed' });
      });
    });
    server.requestTimeout = 10_000;
    server.maxConnections = 32;
    server.listen(parts.port, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const file = join(parts.stateDir, 'local.json');
    await writeDurably(file, `${JSON.stringify({ url, pid: process.pid, version: parts.version })}\n`);
    return new Probe(server, url, file);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    await unlink(this.#file).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }
}

async function answer(parts: ProbeParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Under another name comes only a page that has its name point to this machine.
  if (!THIS_MACHINE.test(request.headers.host ?? '')) return say(response, 421, { status: 'wrong_host' });
  const path = request.url?.split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, { status: 'not_allowed' });
  if (path === '/livez') return say(response, 200, { status: 'live' });
  if (path === '/readyz') {
    const reasons = parts.reasons();
    return reasons.length === 0
      ? say(response, 200, { status: 'ready', reasons })
      : say(response, 503, { status: 'not_ready', reasons });
  }
  if (path !== '/metrics') return say(response, 404, { status: 'not_found' });
  const { contentType, text } = await parts.metrics();
  response.setHeader('content-type', contentType);
  response.end(text);
}

function say(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
