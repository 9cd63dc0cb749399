// One agent's socket, with as little work per frame as a client can have: the load must not measure itself.

import { SUBPROTOCOL } from '@agentcom/schemas';
import { WebSocket } from 'ws';
import type { Machine } from '../support/api.js';

export interface Assigned {
  readonly type: 'task.assign';
  readonly generation: number;
  readonly task: { readonly id: string; readonly title: string };
}

interface Cancelled {
  readonly type: 'task.cancel';
  readonly task: string;
  readonly generation: number;
}

interface Reply {
  readonly type: string;
  readonly re?: string;
  readonly code?: string;
}

export class HubLine {
  readonly #socket: WebSocket;
  readonly #open = new Map<string, (reply: Reply) => void>();
  #next = 1;
  onAssign: (frame: Assigned) => void = () => undefined;
  onCancel: (frame: Cancelled) => void = () => undefined;
  onEnd: (why: Error) => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#hear(JSON.parse(String(data)) as Reply | Assigned | Cancelled));
    socket.on('close', (code, reason) => this.onEnd(new Error(`the hub closed a socket with ${code} ${reason}`)));
  }

  static async open(url: string, machine: Machine, capabilities: readonly string[]): Promise<HubLine> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/agent`, SUBPROTOCOL, {
      headers: { authorization: `Bearer ${machine.key}` },
      perMessageDeflate: false,
    });
    const line = new HubLine(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    socket.on('error', (error) => line.onEnd(error));
    const agent = { name: machine.name, capabilities, version: '0.0.0', host: 'bench', os: 'linux' };
    const welcome = await line.ask({ type: 'hello', agent, instance: machine.name });
    if (welcome.type !== 'welcome') throw new Error(`no welcome but ${JSON.stringify(welcome)}`);
    return line;
  }

  ask(frame: Readonly<Record<string, unknown>>): Promise<Reply> {
    const id = String(this.#next++);
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, ...frame }));
    });
  }

  /** As `ask`; anything but `ok` ends the measurement. */
  async ok(frame: Readonly<Record<string, unknown>>): Promise<void> {
    const reply = await this.ask(frame);
    if (reply.type !== 'ok') throw new Error(`${frame.type} was answered ${JSON.stringify(reply)}`);
  }

  /** Accepts what was offered and completes it; done when that is confirmed. */
  async finish({ task, generation }: Assigned): Promise<void> {
    const attempt = { task: task.id, generation };
    await this.ok({ type: 'task.accept', ...attempt });
    await this.ok({ type: 'task.complete', ...attempt, seq: 1, result: { summary: 'done' } });
  }

  close(): void {
    this.onEnd = () => undefined;
    this.#socket.close();
  }

  #hear(frame: Reply | Assigned | Cancelled): void {
    if ('task' in frame && frame.type === 'task.assign') return this.onAssign(frame as Assigned);
    if ('task' in frame && frame.type === 'task.cancel') return this.onCancel(frame as Cancelled);
    const { re } = frame as Reply;
    if (re === undefined) return;
    const resolve = this.#open.get(re);
    this.#open.delete(re);
    resolve?.(frame as Reply);
  }
}
