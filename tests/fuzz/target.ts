// A real hub that inputs are sent to, with what must stay true of it: it runs, fails at nothing, takes no memory, and serves others.

import { connect } from 'node:net';
import { LIVE_SUBPROTOCOL, ROUTES, type Route, type RouteName, SUBPROTOCOL } from '@agentcom/schemas';
import fc from 'fast-check';
import type { AgentSocket } from '../support/agent-socket.js';
import type { Machine } from '../support/api.js';
import type { Hub } from '../support/hub.js';
import { completion, connectedAgent, workingOn } from '../support/on-hub.js';
import { residentBytes } from '../support/process-list.js';
import { within } from '../support/wait.js';
import { frameText, httpBytes, jsonText, pageFrameText, webSocketBytes } from './inputs.js';

const ANSWER_WITHIN_MS = 20_000;
const SERVED_WITHIN_MS = 10_000;
const GROWTH_BYTES_MAX = 150 * 1024 ** 2;

/** Their success would end the test, or take very long. */
const LEFT_OUT: ReadonlySet<string> = new Set(['config.change', 'backup.create', 'compaction.create']);
const withBody = (Object.keys(ROUTES) as RouteName[]).filter((name) => 'body' in ROUTES[name] && !LEFT_OUT.has(name));

export const KINDS = ['bodies', 'frames', 'pages', 'websocket', 'http'] as const;
export type Kind = (typeof KINDS)[number];

/** Of a subscription that nothing else has. */
const LAST_ID = 999_999;

const cuts = fc.array(fc.nat(), { maxLength: 5 });

export interface FuzzRun {
  readonly seed: number;
  readonly runs: number;
}

export class FuzzTarget {
  readonly #hub: Hub;
  readonly #good: AgentSocket;
  /** Only reads. */
  readonly #viewer: string;
  /** Of the agent that misbehaves; another one when the hub has sent it away. */
  #bad: Machine | undefined;
  #bytesBefore = 0;

  private constructor(hub: Hub, good: AgentSocket, viewer: string) {
    this.#hub = hub;
    this.#good = good;
    this.#viewer = viewer;
  }

  static async of(hub: Hub): Promise<FuzzTarget> {
    const { key } = await hub.api.need<{ key: string }>('POST', '/keys', { role: 'viewer', name: 'fuzz' });
    await hub.api.need('PATCH', '/config', { limits: await generousLimits(hub) });
    const target = new FuzzTarget(hub, await connectedAgent(hub), key);
    await target.#served();
    return target;
  }

  /** Throws with the first input that breaks something: after it the hub may not be what it was, so none is tried to be made smaller. */
  async run(kind: Kind, { seed, runs }: FuzzRun): Promise<void> {
    this.#bytesBefore ||= residentBytes(this.#hub.pid);
    await fc.assert(this.#property(kind), { seed, numRuns: runs, endOnFailure: true });
    await this.#served();
    const grown = residentBytes(this.#hub.pid) - this.#bytesBefore;
    if (grown > GROWTH_BYTES_MAX) throw new Error(`the hub grew by ${grown} bytes`);
  }

  #property(kind: Kind): fc.IRawProperty<unknown, true> {
    let nth = 0;
    const checked = async (work: Promise<void>) => {
      await work;
      this.#requireWell();
      if (++nth % 50 === 0) await this.#served();
    };
    const property = <T>(input: fc.Arbitrary<T>, send: (value: T) => Promise<void>) =>
      fc.asyncProperty(input, (value) => checked(send(value))) as unknown as fc.IRawProperty<unknown, true>;
    switch (kind) {
      case 'bodies':
        return property(fc.tuple(fc.constantFrom(...withBody), jsonText), ([name, text]) =>
          this.#body(ROUTES[name], text),
        );
      case 'frames':
        return property(fc.array(frameText, { minLength: 1, maxLength: 10 }), (texts) =>
          this.#socket(Buffer.concat(texts.map(textFrame))),
        );
      case 'pages':
        return property(fc.array(pageFrameText, { minLength: 1, maxLength: 10 }), (texts) => this.#page(texts));
      case 'websocket':
        return property(fc.tuple(webSocketBytes, cuts), ([bytes, at]) => this.#socket(bytes, at));
      case 'http':
        return property(fc.tuple(httpBytes(this.#viewer), cuts), ([bytes, at]) => this.#http(bytes, at));
    }
  }

  async #body({ method, url }: Route, text: string): Promise<void> {
    const path = url.replace(/:[a-z]+/, 'nobody');
    const { status, body } = await this.#hub.api.call(method, path, Buffer.from(text));
    if (status >= 500) throw new Error(`${method} ${url} answered ${status} ${JSON.stringify(body)}`);
  }

  async #http(bytes: Buffer, at: readonly number[]): Promise<void> {
    const heard = await this.#exchange(pieces(bytes, at));
    const failed = /^HTTP\/1\.1 5\d\d.*$/m.exec(heard);
    if (failed !== null) throw new Error(`answered ${failed[0]}`);
  }

  /** An agent socket with these bytes after its hello. */
  async #socket(bytes: Buffer, at: readonly number[] = []): Promise<void> {
    this.#bad ??= await this.#hub.api.enrol(`fuzz-${process.pid}-${Date.now()}`);
    const { name, key } = this.#bad;
    const agent = { name, capabilities: [], version: '0.0.0', host: 'h', os: 'linux' };
    const hello = textFrame(JSON.stringify({ type: 'hello', id: 'h', agent, instance: 'i' }));
    const upgrade = upgradeRequest('/ws/agent', SUBPROTOCOL, key);
    const heard = await this.#exchange([upgrade, hello, ...pieces(bytes, at)]);
    if (heard.startsWith('HTTP/1.1 429')) this.#bad = undefined;
    else if (!heard.startsWith('HTTP/1.1 101')) throw new Error(`the socket was not opened: ${heard.slice(0, 200)}`);
    if (heard.includes('hub.internal')) throw new Error(`the hub failed: ${heard.slice(-500)}`);
  }

  /** A live page that says this, and goes once the hub has answered what it says last. */
  async #page(texts: readonly string[]): Promise<void> {
    const last = JSON.stringify({ type: 'subscribe', id: LAST_ID, view: { kind: 'overview' } });
    const parts = [upgradeRequest('/ws/live', LIVE_SUBPROTOCOL, this.#viewer), ...[...texts, last].map(textFrame)];
    const heard = await this.#exchange(parts, `"id":${LAST_ID}`);
    if (!heard.startsWith('HTTP/1.1 101')) throw new Error(`the socket was not opened: ${heard.slice(0, 200)}`);
    if (heard.includes('hub.internal')) throw new Error(`the hub failed: ${heard.slice(-500)}`);
  }

  /** What comes back, until the hub has ended the connection that we have ended: at once, or once it has said `goodbye` or gone by itself. */
  async #exchange(parts: readonly Buffer[], goodbye?: string): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port: this.#hub.port });
    const heard: Buffer[] = [];
    socket.on('data', (data) => {
      heard.push(data);
      if (goodbye !== undefined && Buffer.concat(heard).includes(goodbye)) socket.end();
    });
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.setNoDelay(true);
    for (const part of parts) {
      socket.write(part);
      // Each in a packet of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (goodbye === undefined) socket.end();
    try {
      await within(closed, ANSWER_WITHIN_MS, 'the end of a connection');
    } finally {
      socket.destroy();
    }
    return Buffer.concat(heard).toString('latin1');
  }

  #requireWell(): void {
    if (this.#hub.child.hasEnded) throw new Error(`the hub has ended: ${this.#hub.child.tail}`);
    const failed = this.#hub.child.tail.split('\n').find((line) => line.includes('"level":50'));
    if (failed !== undefined) throw new Error(`the hub logged an error: ${failed}`);
  }

  async #served(): Promise<void> {
    const work = async () => this.#good.ok(completion(await workingOn(this.#hub, this.#good)));
    await within(work(), SERVED_WITHIN_MS, 'a task of a good agent');
  }
}

/** What is refused for being too much is not looked at, so as much as can be is let through. */
async function generousLimits(hub: Hub): Promise<Record<string, unknown>> {
  const { limits } = await hub.api.need<{ limits: Readonly<Record<string, unknown>> }>('GET', '/config');
  const rates = Object.entries(limits).filter(([, value]) => typeof value === 'object');
  return Object.fromEntries(rates.map(([name]) => [name, { perMinute: 1_000_000, burst: 1_000_000 }]));
}

/** The bytes cut at these places, wherever that is in a frame or a head. */
function pieces(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...at.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

function upgradeRequest(path: string, subprotocol: string, key: string): Buffer {
  const lines = [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'];
  const socket = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
  const own = [`Sec-WebSocket-Protocol: ${subprotocol}`, `Authorization: Bearer ${key}`];
  return Buffer.from([...lines, ...socket, ...own, '', ''].join('\r\n'));
}

/** Whole and masked with zeros, which leave it as it is. */
function textFrame(text: string): Buffer {
  const data = Buffer.from(text);
  const head = Buffer.alloc(14);
  head[0] = 0x81;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(data.length), 2);
  return Buffer.concat([head, data]);
}
