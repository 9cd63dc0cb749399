// A model provider on this machine, for the real tools to talk to: Anthropic's, OpenAI's (both wires) and Google's streaming
// interfaces, as far as the tools use them. A scenario decides what is answered.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anthropic } from './anthropic.js';
import { chat } from './chat.js';
import { gemini } from './gemini.js';
import { responses } from './responses.js';
import type { Answer, Asked, Scenario } from './scenario.js';

/** One provider's wire. */
export interface Wire {
  /** Whether the request is one for an answer of the model. */
  takes(path: string): boolean;
  asked(body: Record<string, unknown>, path: string): Asked;
  /** Writes anything but `hang` and `drop`, whole. */
  answer(response: ServerResponse, answer: Answer, asked: Asked): void;
  /** Writes the beginning of an answer. */
  begin(response: ServerResponse, asked: Asked): void;
  /** Other requests that the tools make; false for those it does not know. */
  other(path: string, body: Record<string, unknown>, response: ServerResponse): boolean;
}

const WIRES: readonly Wire[] = [anthropic, responses, chat, gemini];

export interface Served {
  readonly asked: Asked;
  /** Wall time, ms. */
  readonly atMs: number;
}

export interface FakeModel {
  readonly url: string;
  /** Every request for an answer, in order. */
  readonly asked: readonly Asked[];
  /** Those that were answered to whoever still listened, in order. */
  readonly served: readonly Served[];
  /** What all requests had to show who asks: keys and tokens. */
  readonly credentials: ReadonlySet<string>;
  close(): Promise<void>;
}

export async function startFakeModel(scenario: Scenario): Promise<FakeModel> {
  const asked: Asked[] = [];
  const served: Served[] = [];
  const credentials = new Set<string>();
  const server = createServer((request, response) => {
    const credential = credentialOf(request);
    if (credential !== undefined) credentials.add(credential);
    serve(request, response, scenario, { asked, served }).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(error.message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    served,
    credentials,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  scenario: Scenario,
  log: { readonly asked: Asked[]; readonly served: Served[] },
) {
  const path = new URL(request.url ?? '/', 'http://model').pathname;
  const body = await bodyOf(request);
  const wire = WIRES.find((one) => request.method === 'POST' && one.takes(path));
  if (wire === undefined) {
    if (WIRES.some((one) => one.other(path, body, response))) return;
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"not here"}}');
    return;
  }
  const credential = credentialOf(request);
  const asked: Asked = { ...wire.asked(body, path), ...(credential !== undefined && { credential }) };
  log.asked.push(asked);
  const answer: Answer = asked.tools.length === 0 ? { say: 'A title' } : await scenario(asked);
  if ('hang' in answer) return;
  if ('drop' in answer) {
    wire.begin(response, asked);
    setImmediate(() => request.socket.destroy());
    return;
  }
  if (response.destroyed) return;
  log.served.push({ asked, atMs: Date.now() });
  wire.answer(response, answer, asked);
}

function credentialOf({ headers }: IncomingMessage): string | undefined {
  const { authorization, 'x-api-key': key } = headers;
  const shown = [authorization, key].filter((one) => one !== undefined);
  return shown.length === 0 ? undefined : shown.join(' and ');
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return {};
  }
}
