// A hub for tests, over real sockets: it welcomes, keeps what it hears, and says what the test tells it to.

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  compileFrames,
  type HoldingVerdict,
  type HubFrame,
  type SidecarFrame,
  type SidecarFrameOf,
  type SidecarFrameType,
  SUBPROTOCOL,
  sidecarFrames,
} from '@agentcom/schemas';
import { type WebSocket, WebSocketServer } from 'ws';

const readFrame = compileFrames(sidecarFrames);

const UNANSWERED: ReadonlySet<SidecarFrameType> = new Set(['hello', 'heartbeat', 'task.output', 'message.ack']);

/** One sidecar's socket, seen from the hub. */
export class Caller {
  readonly frames: SidecarFrame[] = [];
  #wake: (() => void)[] = [];
  takesOutput = true;
  /** What to answer a frame with; null for nothing. */
  answer: (frame: SidecarFrame) => HubFrame | null = (frame) => ({ type: 'ok', re: frame.id ?? '' });

  constructor(
    readonly socket: WebSocket,
    readonly authorization: string | undefined,
    readonly closed: Promise<number>,
  ) {
    socket.on('message', (data) => {
      const read = readFrame(JSON.parse(String(data)));
      if (!read.ok) throw new Error(`the sidecar said something invalid: ${JSON.stringify(read.refusal)}`);
      this.frames.push(read.frame);
      const answer = UNANSWERED.has(read.frame.type) ? null : this.answer(read.frame);
      if (answer !== null) this.say(answer);
      if (read.frame.type === 'task.output' && this.takesOutput) {
        const { task, generation, outputSeq } = read.frame;
        this.say({ type: 'task.output.ack', task, generation, outputSeq });
      }
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  say(frame: HubFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame of this type that was not taken before. */
  async next<T extends SidecarFrameType>(type: T): Promise<SidecarFrameOf<T>> {
    for (;;) {
      const at = this.frames.findIndex((frame) => frame.type === type);
      const [found] = at === -1 ? [] : this.frames.splice(at, 1);
      if (found !== undefined) return found as SidecarFrameOf<T>;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Takes the hello and welcomes. */
  async welcome(
    holding: HoldingVerdict | null,
    heartbeatSeconds = 3600,
    notice?: string,
  ): Promise<SidecarFrameOf<'hello'>> {
    const hello = await this.next('hello');
    const limits = {
      frameBytes: 262144,
      promptBytes: 102400,
      dataBytes: 65536,
      summaryBytes: 16384,
      outputBytes: 32768,
    };
    const { name } = hello.agent;
    const serverTime = new Date().toISOString();
    this.say({
      type: 'welcome',
      re: hello.id,
      agent: name,
      org: 'default',
      heartbeatSeconds,
      limits,
      serverTime,
      holding,
      ...(notice !== undefined && { notice }),
    });
    return hello;
  }
}

export class FakeHub {
  readonly #server: Server;
  readonly #callers: Caller[] = [];
  #wake: (() => void)[] = [];
  /** The next connections are answered with this status instead. */
  turnAway: { readonly status: number; readonly retryAfterSeconds?: number; readonly code?: string } | null = null;
  protocol = SUBPROTOCOL as string;
  turnedAway = 0;
  /** What came with each connection that it took. */
  readonly traceparents: unknown[] = [];

  private constructor(
    server: Server,
    readonly url: string,
  ) {
    this.#server = server;
    const sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      handleProtocols: () => this.protocol,
    });
    server.on('upgrade', (request, socket, head) => {
      if (this.turnAway !== null) {
        const { status, retryAfterSeconds, code } = this.turnAway;
        this.turnedAway += 1;
        const retry = retryAfterSeconds === undefined ? '' : `Retry-After: ${retryAfterSeconds}\r\n`;
        const body = code === undefined ? '' : JSON.stringify({ code });
        socket.end(
          `HTTP/1.1 ${status} No\r\nConnection: close\r\n${retry}Content-Length: ${body.length}\r\n\r\n${body}`,
        );
        this.#stir();
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const closed = once(webSocket, 'close').then(([code]) => Number(code));
        this.traceparents.push(request.headers.traceparent);
        this.#callers.push(new Caller(webSocket, request.headers.authorization, closed));
        this.#stir();
      });
    });
  }

  static async start(port = 0): Promise<FakeHub> {
    const server = createServer((_request, response: ServerResponse) => response.writeHead(404).end());
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new FakeHub(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  /** The next sidecar that connects. */
  async caller(): Promise<Caller> {
    for (;;) {
      const caller = this.#callers.shift();
      if (caller !== undefined) return caller;
      await this.stirred();
    }
  }

  /** Resolves at the next connection, taken or turned away. */
  stirred(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    for (const { socket } of this.#callers) socket.terminate();
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
