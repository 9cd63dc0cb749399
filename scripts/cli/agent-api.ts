// An agent's way to the sidecar beside it: one request over the socket of its task, sent again while the sidecar is being started anew.

import { connect } from 'node:net';
import type { AgentAnswerOf, AgentError, AgentRequestOf, AgentRequestType } from '@agentcom/schemas';
import { AGENT_ANSWER_BYTES, AgentReply, agentAnswers } from '@agentcom/schemas/agent-api';
import { catalogueEntry, isErrorCode } from '@agentcom/schemas/errors';
import { decodeJson } from '@agentcom/schemas/json';
import { CommandError, codeOf, EXIT } from './exit.js';
import type { World } from './world.js';

export type AgentRequestFields<T extends AgentRequestType> = Omit<AgentRequestOf<T>, 'type' | 'id'>;

/** How long a sidecar may take to be back. */
const AWAY_MS_MAX = 30_000;
const PAUSE_MS = 250;
/** For the answer, once the request has been sent; the sidecar may have to ask the hub. */
const ANSWER_MS = 60_000;
/** There is nobody, or there was and the answer is lost: the same request may be sent again. */
const PASSING: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EAGAIN', 'ENDED']);

export class AgentApi {
  readonly #path: string;
  readonly #world: Pick<World, 'now' | 'sleep'>;

  /** The API of the task in whose environment this runs. Throws 64 outside of one. */
  static of(world: Pick<World, 'env' | 'now' | 'sleep'>): AgentApi {
    const path = world.env.AGENTCOM_SOCKET;
    if (path) return new AgentApi(path, world);
    throw new CommandError(EXIT.usage, 'usage', 'AGENTCOM_SOCKET is not set', {
      remedy: 'Run this from within a task: the sidecar sets the variable for its agent.',
    });
  }

  private constructor(path: string, world: Pick<World, 'now' | 'sleep'>) {
    this.#path = path;
    this.#world = world;
  }

  /** Throws 69 when there is no sidecar, 1 when it refuses. */
  async call<T extends AgentRequestType>(type: T, fields: AgentRequestFields<T>): Promise<AgentAnswerOf<T>> {
    const { randomUUID } = await import('node:crypto');
    const request = { ...fields, type, id: randomUUID() };
    const until = this.#world.now() + AWAY_MS_MAX;
    for (;;) {
      try {
        const line = await exchange(this.#path, JSON.stringify(request));
        return await read(type, request.id, line);
      } catch (error) {
        if (error instanceof CommandError || !PASSING.has(codeOf(error))) throw unreachable(error);
        if (this.#world.now() >= until) throw unreachable(error);
        await this.#world.sleep(PAUSE_MS);
      }
    }
  }
}

/** The line that answers the request. Rejects with the system's error when the connection cannot be had or does not hold. */
function exchange(path: string, request: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const finish = (done: () => void) => {
      socket.destroy();
      done();
    };
    let received = Buffer.alloc(0);
    socket.setTimeout(ANSWER_MS, () => socket.destroy(failure('ETIMEDOUT', 'the sidecar does not answer')));
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('end', () => finish(() => reject(failure('ENDED', 'the sidecar exited'))));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf(0x0a);
      if (end === -1 && received.length <= AGENT_ANSWER_BYTES) return;
      if (end === -1) return finish(() => reject(unreadable()));
      finish(() => resolve(received.subarray(0, end)));
    });
    socket.write(`${request}\n`);
  });
}

/** Validators are loaded when the first answer comes, so that the MCP server starts without them. */
async function read<T extends AgentRequestType>(type: T, id: string, line: Buffer): Promise<AgentAnswerOf<T>> {
  const { compiler } = await import('@agentcom/schemas/validate');
  const compile = compiler('answer');
  const decoded = decodeJson(line);
  const reply = decoded.ok ? compile(AgentReply)(decoded.value) : decoded;
  if (!reply.ok || (reply.value.re !== id && reply.value.re !== null)) throw unreadable();
  const { result, error } = reply.value;
  if (error !== undefined) throw refused(error);
  const answer = compile(agentAnswers[type])(result);
  if (!answer.ok) throw unreadable();
  return answer.value as AgentAnswerOf<T>;
}

function refused({ code, message, details }: AgentError): CommandError {
  const remedy = isErrorCode(code) ? catalogueEntry(code).remedy : undefined;
  return new CommandError(EXIT.failed, code, message, {
    ...(details !== undefined && { details }),
    ...(remedy !== undefined && { remedy }),
  });
}

function unreachable(error: unknown): unknown {
  if (error instanceof CommandError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new CommandError(EXIT.unreachable, 'sidecar.unreachable', `cannot reach the sidecar (${reason})`, {
    remedy: 'Its socket exists only while the task is running. If it is, check that the sidecar is up.',
    cause: error,
  });
}

function unreadable(): Error {
  return failure('EPROTO', 'the sidecar sent an unreadable answer');
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
