// A small HTTP server for the tests of the forges: each test says what it answers.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForgeCall {
  readonly method: string;
  /** Decoded only as far as `URL` does. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** Null leaves the call without an answer. */
export type ForgeAnswer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
} | null;

export interface FakeForge {
  readonly url: string;
  readonly calls: ForgeCall[];
  stop(): Promise<void>;
}

export async function startFakeForge(answer: (call: ForgeCall) => ForgeAnswer): Promise<FakeForge> {
  const calls: ForgeCall[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://forge');
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString('utf8');
    const call: ForgeCall = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: text === '' ? undefined : JSON.parse(text),
      authorization: request.headers.authorization,
    };
    calls.push(call);
    const said = answer(call);
    if (said === null) return;
    const body = typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {});
    response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
