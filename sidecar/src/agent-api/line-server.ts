// A Unix socket that answers each line it gets with one line, for this user only, or for a group that agents run in.

import { once } from 'node:events';
import { chmod, chown, lstat, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { AGENT_REQUEST_BYTES } from '@agentcom/schemas/agent-api';
import { makeDirectories } from '@agentcom/schemas/host';

/** Never rejects. */
export type Answer = (line: Buffer) => Promise<string>;

const CONNECTIONS_MAX = 16;
/** A connection that says nothing for so long is closed. */
const IDLE_MS = 120_000;
const NEWLINE = 0x0a;

export class LineServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens at `path`, in place of what a sidecar that died has left there. */
  static async listen(path: string, answer: Answer, group?: number): Promise<LineServer> {
    await privateDirectory(dirname(path), group);
    await rm(path, { force: true });
    // Whoever has said all that there is to say still waits for the answer.
    const server = createServer({ allowHalfOpen: true }, (socket) => void listening.#serve(socket, answer));
    const listening = new LineServer(server);
    server.maxConnections = CONNECTIONS_MAX;
    server.listen(path);
    await once(server, 'listening');
    if (group !== undefined) await chown(path, process.getuid?.() ?? -1, group);
    await chmod(path, group === undefined ? 0o600 : 0o660);
    return listening;
  }

  /** Resolves when the socket is gone. Whoever is connected is cut off. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(socket: Socket, answer: Answer): Promise<void> {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    try {
      for await (const line of linesOf(socket)) {
        socket.write(`${await answer(line)}\n`);
        // It has been told what is wrong with it.
        if (line.length > AGENT_REQUEST_BYTES) break;
      }
    } catch {
      // The caller is gone, and with it whoever would hear of it.
    }
    socket.end();
  }
}

/** Lines without their ends. A longer one than a request may be comes as far as it got, and is the last. */
async function* linesOf(socket: Socket): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      yield rest.subarray(0, end);
      rest = rest.subarray(end + 1);
    }
    if (rest.length > AGENT_REQUEST_BYTES) yield rest;
  }
}

/** Others on the machine must neither connect nor have made it before us. */
async function privateDirectory(dir: string, group: number | undefined): Promise<void> {
  await makeDirectories(dir, 0o700);
  const found = await lstat(dir);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o067) !== 0) {
    throw new Error(`${dir} is not a directory that only this user can access; remove it`);
  }
  if (group !== undefined) await chown(dir, found.uid, group);
  await chmod(dir, group === undefined ? 0o700 : 0o710);
}
