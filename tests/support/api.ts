// The hub over HTTP, without the convenience of the real client: whatever is given is sent, whatever comes back is shown.

import { createHash, randomBytes } from 'node:crypto';
import type { AgentView, Operation, TaskSpec, TaskView } from '@agentcom/schemas';
import { eventually } from './wait.js';

const REQUEST_TIMEOUT_MS = 60_000;
const OPERATION_TIMEOUT_MS = 60_000;
const AT_ROOT = /^\/(api|metrics|sign-in|livez|readyz|healthz)\b/;

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly status: number;
  readonly retryAfterMs?: number;
  readonly leader?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export interface Machine {
  readonly name: string;
  readonly key: string;
}

export class HubApi {
  constructor(
    readonly url: string,
    readonly key: string | null,
  ) {}

  /** Sends `body` as JSON, or as it is when it is bytes. */
  async call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.url}${AT_ROOT.test(path) ? '' : '/api/v1'}${path}`, {
      method,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      headers: {
        ...(this.key !== null && { authorization: `Bearer ${this.key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : { text }) as T };
  }

  /** As `call`; anything but a 2xx is thrown. */
  async need<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const answer = await this.call<T>(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  submit(spec: Partial<TaskSpec> = {}, idempotencyKey?: string): Promise<TaskView> {
    const body = { title: 'A task', prompt: 'Do it.', ...spec };
    return this.need('POST', '/tasks', body, idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey });
  }

  task(id: string): Promise<TaskView> {
    return this.need('GET', `/tasks/${id}`);
  }

  agent(name: string): Promise<AgentView> {
    return this.need('GET', `/agents/${name}`);
  }

  /** Begins work in the background and waits for its end; anything but success is thrown. */
  async operate(path: string, body: unknown = {}): Promise<Operation> {
    const ended = await this.operationEnd((await this.need<Operation>('POST', path, body)).id);
    if (ended.state !== 'done') throw new Error(`${path} ${ended.state}: ${ended.failures.join('; ')}`);
    return ended;
  }

  /** Also through a restart of the hub. */
  operationEnd(id: string): Promise<Operation> {
    return eventually(`the end of operation ${id}`, OPERATION_TIMEOUT_MS, async () => {
      const operation = await this.need<Operation>('GET', `/operations/${id}`);
      return operation.endedAt === undefined ? undefined : operation;
    });
  }

  /** The task once it is in one of the states. */
  async taskIn(id: string, states: readonly TaskView['state'][], timeoutMs = 20_000): Promise<TaskView> {
    let seen = 'never seen';
    try {
      return await eventually(`task ${id} in ${states.join(' or ')}`, timeoutMs, async () => {
        const task = await this.task(id);
        seen = JSON.stringify({ ...task, prompt: undefined });
        return states.includes(task.state) ? task : undefined;
      });
    } catch (error) {
      throw new Error(`${String(error)}; last seen ${seen}`, { cause: error });
    }
  }

  /** A machine that joins as `agentcom join` does: it makes its own key and sends only the hash. */
  async enrol(name: string, capabilities: readonly string[] = []): Promise<Machine> {
    const { token } = await this.need<{ token: string }>('POST', '/enrolments', {});
    return this.enrolWith(token, name, capabilities);
  }

  async enrolWith(token: string, name: string, capabilities: readonly string[] = []): Promise<Machine> {
    const key = newKey();
    const body = { token, keyHash: hashOf(key), name, capabilities, host: 'test', os: 'linux' };
    const enrolled = await this.need<{ agent: string }>('POST', '/enrol', body);
    return { name: enrolled.agent, key };
  }
}

export function newKey(): string {
  return `ac_${randomBytes(32).toString('base64url')}`;
}

export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
