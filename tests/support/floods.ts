// Every kind of flood that one caller can send, as fast as the connections take it. A flooder that is closed comes back at once.

import { connect, type Socket } from 'node:net';
import { SUBPROTOCOL } from '@agentcom/schemas';
import { WebSocket } from 'ws';
import type { Machine } from './api.js';

/** Whose access the flooder has. */
export interface Attacker {
  readonly url: string;
  /** A key that may submit and read. */
  readonly key: string;
  readonly machine: Machine;
}

/** How often each thing has come back: the status of an answer, `closed 4008`, the type of a frame, `not let in 429`. */
export type Heard = Readonly<Record<string, number>>;

export interface Flood {
  readonly heard: () => Heard;
  stop(): void;
}

const UNSENT_BYTES = 256 * 1024;
const AGAIN_MS = 20;
const KIB = 1024;

/** By name. */
export const FLOODS: Readonly<Record<string, (attacker: Attacker) => Flood>> = {
  ping: (attacker) => frames(attacker, (socket) => socket.ping()),
  pong: (attacker) => frames(attacker, (socket) => socket.pong()),
  'bad JSON': (attacker) => frames(attacker, (socket) => socket.send('no JSON')),
  'large bad frames': (attacker) => {
    const large = JSON.stringify({ type: 'nothing', data: Array.from({ length: 40 * KIB }, (_, i) => i % 10) });
    return frames(attacker, (socket) => socket.send(large));
  },
  'refused reports': (attacker) => {
    const task = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b';
    let seq = 0;
    return frames(attacker, (socket) => {
      const frame = { type: 'task.progress', id: `p${++seq}`, task, generation: 1, seq, note: 'x'.repeat(200) };
      socket.send(JSON.stringify(frame));
    });
  },
  'large submissions': ({ url, key }) => {
    const body = JSON.stringify({ title: 'flood', prompt: 'x'.repeat(90 * KIB), needs: ['nobody'] });
    return requests(url, request('POST', '/api/v1/tasks', key, body), { connections: 8, depth: 1 });
  },
  lists: ({ url, key }) =>
    requests(url, request('GET', '/api/v1/tasks?q=nothing&count=1', key), { connections: 8, depth: 1 }),
  pipelining: ({ url, key }) =>
    requests(url, request('GET', '/api/v1/tasks?limit=1', key), { connections: 8, depth: 64 }),
  enrolments: ({ url }) => {
    const body = JSON.stringify({ token: 'x'.repeat(15 * KIB) });
    return requests(url, request('POST', '/api/v1/enrol', undefined, body), { connections: 8, depth: 1 });
  },
};

class Counts {
  readonly heard: Record<string, number> = {};

  add(what: string): void {
    this.heard[what] = (this.heard[what] ?? 0) + 1;
  }
}

function frames({ url, machine }: Attacker, send: (socket: WebSocket) => void): Flood {
  const counts = new Counts();
  let isStopped = false;
  let socket: WebSocket;
  const open = (): void => {
    if (isStopped) return;
    socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/agent`, SUBPROTOCOL, {
      headers: { authorization: `Bearer ${machine.key}` },
      perMessageDeflate: false,
    });
    const pump = (): void => {
      for (let i = 0; i < 200 && socket.bufferedAmount < UNSENT_BYTES && socket.readyState === WebSocket.OPEN; i++) {
        send(socket);
      }
      if (!isStopped && socket.readyState === WebSocket.OPEN) setImmediate(pump);
    };
    socket.on('open', () => {
      const agent = { name: machine.name, capabilities: [], version: '0.0.0', host: 'flood', os: 'linux' };
      socket.send(JSON.stringify({ type: 'hello', id: 'hello', agent, instance: machine.name }));
    });
    socket.on('message', (data) => {
      const { type } = JSON.parse(String(data)) as { type: string };
      counts.add(type);
      if (type === 'welcome') pump();
    });
    socket.on('unexpected-response', (asked, response) => {
      counts.add(`not let in ${response.statusCode}`);
      asked.destroy();
      setTimeout(open, AGAIN_MS);
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      counts.add(`closed ${code}`);
      setTimeout(open, AGAIN_MS);
    });
  };
  open();
  return {
    heard: () => counts.heard,
    stop: () => {
      isStopped = true;
      socket.terminate();
    },
  };
}

function request(method: string, path: string, key?: string, body = ''): Buffer {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...(key === undefined ? [] : [`Authorization: Bearer ${key}`]),
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** So many requests on their way over each of the connections. */
function requests(url: string, bytes: Buffer, { connections, depth }: { connections: number; depth: number }): Flood {
  const { hostname, port } = new URL(url);
  const counts = new Counts();
  const sockets = new Set<Socket>();
  let isStopped = false;
  const open = (): void => {
    if (isStopped) return;
    const socket = connect(Number(port), hostname);
    sockets.add(socket);
    let onTheirWay = 0;
    const fill = (): void => {
      for (; onTheirWay < depth && !isStopped; onTheirWay++) socket.write(bytes);
    };
    socket.on('connect', fill);
    socket.on('data', (data) => {
      for (const [, status = ''] of String(data).matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        counts.add(status);
        onTheirWay--;
      }
      fill();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      setTimeout(open, AGAIN_MS);
    });
  };
  for (let i = 0; i < connections; i++) open();
  return {
    heard: () => counts.heard,
    stop: () => {
      isStopped = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}
