// For tests: a world in memory, and a hub that answers as a test says over real sockets.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TaskView } from '@agentcom/schemas';
import type { World } from './world.js';

export const TASK = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b';
export const KEY = `ac_${'k'.repeat(43)}`;

export interface TestWorld extends World {
  readonly out: () => string;
  readonly err: () => string;
  /** What stdout says as JSON, line by line. */
  readonly lines: () => readonly unknown[];
  /** How long was slept, in order. */
  readonly slept: readonly number[];
}

export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly home?: string;
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly stdin?: string;
}

/** Nothing in it waits: sleeping only moves its clock. */
export function testWorld(options: WorldOptions = {}): TestWorld {
  const out: string[] = [];
  const err: string[] = [];
  const slept: number[] = [];
  let nowMs = Date.parse('2026-01-31T12:00:00Z');
  const { isTerminal = false, columns = 80, home = '/nowhere' } = options;
  return {
    env: options.env ?? {},
    home,
    cwd: home,
    version: '0.0.0',
    entry: '/nowhere/main.js',
    self: 'agentcom',
    stdout: { write: (written) => void out.push(written), isTerminal, columns, rows: 24 },
    stderr: { write: (written) => void err.push(written), isTerminal, columns, rows: 24 },
    canAsk: false,
    readStdin: async () => options.stdin ?? '',
    now: () => nowMs,
    sleep: async (ms) => {
      slept.push(ms);
      nowMs += ms;
    },
    onStopSignal: () => () => undefined,
    readKeys: () => () => undefined,
    onResize: () => () => undefined,
    cancelPrompt: () => undefined,
    parentGone: new Promise(() => undefined),
    exitNow: () => undefined,
    out: () => out.join(''),
    err: () => err.join(''),
    lines: () =>
      out
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown),
    slept,
  };
}

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** What the hub does with the n-th request: an answer, or none. */
export type Reply =
  | {
      readonly status: number;
      /** Sent as JSON. */
      readonly body?: unknown;
      /** Sent as it is. */
      readonly text?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'close'
  | 'silence'
  /** An answer that never ends, a little at a time. */
  | 'drip';

export interface TestHub {
  readonly url: string;
  readonly received: readonly Received[];
  stop(): Promise<void>;
}

export async function testHub(reply: (request: Received, nth: number) => Reply): Promise<TestHub> {
  const received: Received[] = [];
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    const seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: sent === '' ? undefined : JSON.parse(sent),
    };
    received.push(seen);
    const said = reply(seen, received.length);
    if (said === 'close') {
      request.socket.destroy();
      return;
    }
    if (said === 'silence') return;
    if (said === 'drip') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const dripping = setInterval(() => response.write(' '), 5);
      response.once('close', () => clearInterval(dripping));
      return;
    }
    response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers });
    response.end(said.text ?? (said.body === undefined ? undefined : JSON.stringify(said.body)));
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${portOf(server)}`, received, stop: () => closed(server) };
}

/** An address at which nothing listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${portOf(server)}`;
  await closed(server);
  return url;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

export function problem(
  status: number,
  code: string,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
): Reply {
  return { status, body: { type: 'about:blank', title: code, status, detail, code, traceId: 'trace-1', ...more } };
}

export function task(changes: Partial<TaskView> = {}): TaskView {
  return {
    id: TASK,
    title: 'Fix the login form',
    prompt: 'It is broken.',
    lane: 'normal',
    needs: [],
    labels: {},
    maxAttempts: 3,
    runTimeoutSeconds: 7200,
    dependsOn: [],
    state: 'queued',
    generation: 0,
    attemptsUsed: 0,
    createdAt: '2026-01-31T11:59:00Z',
    org: 'default',
    createdBy: 'owner',
    offers: 0,
    attempts: [],
    attemptsDropped: 0,
    history: [],
    historyDropped: 0,
    ...changes,
  };
}

/** A directory that is gone after the test. */
export async function temporaryDir(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'agentcom-command-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
