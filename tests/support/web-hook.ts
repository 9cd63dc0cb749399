// Where a hub's webhooks arrive: a server on this machine that keeps what it gets and answers with one status.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebHook {
  readonly url: string;
  /** What `settings` of a channel needs to reach it. */
  readonly settings: { readonly url: string; readonly secret: string; readonly allowPrivate: true };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>[];
  readonly bodies: { readonly data: Record<string, unknown>; readonly id: string }[];
  /** With what it answers from now on. */
  status: number;
  stop(): Promise<void>;
}

export async function startWebHook(): Promise<WebHook> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      hook.headers.push(request.headers);
      hook.bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(hook.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
  const secret = `whsec_${Buffer.from('a secret of thirty-two bytes....').toString('base64')}`;
  const hook: WebHook = {
    url,
    settings: { url, secret, allowPrivate: true },
    headers: [],
    bodies: [],
    status: 204,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return hook;
}
