// One raw connection to the agent socket: says what it is told to, valid or not, and keeps every frame until somebody asks for it.

import { randomUUID } from 'node:crypto';
import { SUBPROTOCOL } from '@agentcom/schemas';
import { WebSocket } from 'ws';
import type { Machine } from './api.js';
import { within } from './wait.js';

const ANSWER_TIMEOUT_MS = 60_000;

export type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

interface Waiting {
  readonly wants: (frame: Frame) => boolean;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
}

export class AgentSocket {
  readonly #socket: WebSocket;
  readonly #unread: Frame[] = [];
  readonly #waiting = new Set<Waiting>();
  readonly closed: Promise<Closed>;
  #isClosed = false;
  #nextId = 1;

  private constructor(
    socket: WebSocket,
    readonly machine: Machine,
    onFrame: (frame: Frame) => void,
  ) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      onFrame(frame);
      this.#hear(frame);
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#isClosed = true;
        for (const { reject } of this.#waiting) reject(new Error(`the socket was closed with ${code} ${reason}`));
        resolve({ code, reason: String(reason) });
      });
    });
  }

  /** Opens the connection; rejects with the status when the hub does not take it. `onFrame` is told of all that the hub says. */
  static async open(
    hubUrl: string,
    machine: Machine,
    onFrame: (frame: Frame) => void = () => undefined,
  ): Promise<AgentSocket> {
    const socket = new WebSocket(`${hubUrl.replace(/^http/, 'ws')}/ws/agent`, SUBPROTOCOL, {
      headers: { authorization: `Bearer ${machine.key}` },
      perMessageDeflate: false,
    });
    const wrapped = new AgentSocket(socket, machine, onFrame);
    const opened = new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    await within(opened, ANSWER_TIMEOUT_MS, 'the opening of the agent socket');
    return wrapped;
  }

  /** Opens it and says hello. */
  static async join(hubUrl: string, machine: Machine, more: HelloOptions = {}): Promise<AgentSocket> {
    const socket = await AgentSocket.open(hubUrl, machine);
    await socket.hello(more);
    return socket;
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  async hello(options: HelloOptions = {}): Promise<Frame> {
    const { capabilities = [], instance = randomUUID(), version = '0.0.0', holding } = options;
    const agent = { name: this.machine.name, capabilities, version, host: 'test', os: 'linux' };
    const answer = await this.request({ type: 'hello', agent, instance, ...(holding && { holding }) });
    if (answer.type !== 'welcome') throw new Error(`no welcome but ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Sends a frame with an id of its own and gives the answer, whatever it is. */
  async request(frame: Readonly<Record<string, unknown>>): Promise<Frame> {
    const id = `r${this.#nextId++}`;
    const answer = this.next((heard) => heard.re === id);
    this.send({ id, ...frame });
    return answer;
  }

  /** As `request`; anything but `ok` is thrown. */
  async ok(frame: Readonly<Record<string, unknown>>): Promise<Frame> {
    const answer = await this.request(frame);
    if (answer.type !== 'ok') throw new Error(`${JSON.stringify(frame)} got ${JSON.stringify(answer)}`);
    return answer;
  }

  send(frame: unknown): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Sends the bytes as a text frame, whatever they are. */
  sendRaw(bytes: string | Uint8Array, binary = false): void {
    this.#socket.send(bytes, { binary });
  }

  /** The first frame, heard already or still to come, that `wants` says yes to; it is given once. */
  next(wants: (frame: Frame) => boolean, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Frame> {
    const index = this.#unread.findIndex(wants);
    if (index >= 0) return Promise.resolve(this.#unread.splice(index, 1)[0] as Frame);
    if (this.#isClosed) return Promise.reject(new Error('the socket is closed'));
    const heard = new Promise<Frame>((resolve, reject) => {
      const waiting: Waiting = {
        wants,
        resolve: (frame) => {
          this.#waiting.delete(waiting);
          resolve(frame);
        },
        reject,
      };
      this.#waiting.add(waiting);
    });
    return within(heard, timeoutMs, `a frame for ${this.machine.name}`);
  }

  ofType(type: string, timeoutMs?: number): Promise<Frame> {
    return this.next((frame) => frame.type === type, timeoutMs);
  }

  /** Frames nobody has asked for. */
  get unread(): readonly Frame[] {
    return this.#unread;
  }

  /** Stops reading from the network altogether. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Breaks the connection without a word, as a lost network does. */
  async cut(): Promise<void> {
    this.#socket.terminate();
    await this.closed;
  }

  async close(): Promise<void> {
    this.#socket.close(1000);
    await within(this.closed, ANSWER_TIMEOUT_MS, 'the closing of the agent socket');
  }

  #hear(frame: Frame): void {
    for (const waiting of this.#waiting) {
      if (waiting.wants(frame)) return waiting.resolve(frame);
    }
    this.#unread.push(frame);
  }
}

export interface HelloOptions {
  readonly version?: string;
  readonly capabilities?: readonly string[];
  readonly instance?: string;
  readonly holding?: { readonly task: string; readonly generation: number; readonly phase: string };
}
