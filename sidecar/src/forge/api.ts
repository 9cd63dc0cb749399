// One forge's HTTP API: JSON both ways, bounded in time and size, and what its refusals mean for the request.

import { clip } from '@agentcom/schemas/clip';
import { networkFault } from '@agentcom/schemas/host/network/fault';
import { exchange, type HttpAnswer, textOf } from '@agentcom/schemas/host/network/http-exchange';
import type { Environment } from '@agentcom/schemas/host/network/proxy';
import type { Failure } from '../core/attempt.js';

const TIMEOUT_MS = 20_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const MESSAGE_BYTES_MAX = 512;
const REDIRECTS_MAX = 5;

/** A call that did not do what was asked. `status` 0: there was no answer. */
export class ForgeError extends Error {
  constructor(
    readonly status: number,
    readonly failure: Failure,
  ) {
    super(failure.message);
    this.name = 'ForgeError';
  }
}

export interface ApiSettings {
  /** Without a slash at the end. */
  readonly url: string;
  /** The token's among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  /** Where proxies and certificates are named; of this process unless given. */
  readonly env?: Environment;
}

export interface Call {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export class ForgeApi {
  constructor(readonly settings: ApiSettings) {}

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    return this.#call('GET', path, { query });
  }

  post(path: string, body: object): Promise<unknown> {
    return this.#call('POST', path, { body });
  }

  put(path: string, body: object): Promise<unknown> {
    return this.#call('PUT', path, { body });
  }

  patch(path: string, body: object): Promise<unknown> {
    return this.#call('PATCH', path, { body });
  }

  /** Resolves to the JSON of a 2xx answer. Throws `ForgeError`, or the signal's reason. */
  async #call(method: string, path: string, { query = {}, body }: Call): Promise<unknown> {
    const { url, headers, signal, timeoutMs = TIMEOUT_MS } = this.settings;
    const search = new URLSearchParams(query).toString();
    const late = AbortSignal.timeout(timeoutMs);
    const request = {
      method,
      headers: { 'user-agent': 'agentcom', ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, late]),
      env: this.settings.env ?? process.env,
    };
    try {
      let address = `${url}${path}${search === '' ? '' : `?${search}`}`;
      for (let redirects = 0; ; redirects++) {
        const answer = await exchange({ ...request, url: address });
        const text = await textOf(answer.body, ANSWER_BYTES_MAX);
        if (answer.status >= 200 && answer.status < 300) return answered(address, text);
        const next = method === 'GET' ? redirectOf(answer, address) : undefined;
        if (next === undefined || redirects === REDIRECTS_MAX)
          throw new ForgeError(answer.status, failureOf(answer, text, address));
        address = next;
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof ForgeError) throw error;
      if (late.aborted) throw unanswered('forge.timeout', `${hostOf(url)} did not answer in ${timeoutMs / 1000} s`);
      throw unanswered('forge.unreachable', `${hostOf(url)} cannot be reached: ${reasonOf(error, url)}`);
    }
  }
}

/** Where a GET goes on. Never to another origin: the token is meant for this one. */
function redirectOf({ status, headers }: HttpAnswer, from: string): string | undefined {
  if (status < 300 || status > 399 || headers.location === undefined || !URL.canParse(headers.location, from))
    return undefined;
  const to = new URL(headers.location, from);
  return to.origin === new URL(from).origin ? to.href : undefined;
}

function answered(address: string, text: string): unknown {
  const value = parsed(text);
  if (value !== null || text.trim() === '') return value;
  const message = `${hostOf(address)} answered with something other than JSON: a proxy, or the sign-in page of a network`;
  throw new ForgeError(0, { class: 'transient', code: 'forge.failed', message });
}

function unanswered(code: string, message: string): ForgeError {
  return new ForgeError(0, { class: 'transient', code, message });
}

function failureOf(answer: HttpAnswer, text: string, address: string): Failure {
  const said = clip(messageIn(text), MESSAGE_BYTES_MAX);
  const host = hostOf(address);
  const wait = waitOf(answer);
  const isLimit = answer.status === 429 || (answer.status === 403 && (wait !== null || /rate limit/i.test(said)));
  if (isLimit) {
    const until = wait === null ? '' : ` for ${wait} s`;
    return {
      class: 'transient',
      code: 'forge.rate_limited',
      message: `${host} accepts no more requests${until}: ${said}`,
    };
  }
  if (answer.status >= 500)
    return { class: 'transient', code: 'forge.failed', message: `${host} answered ${answer.status}: ${said}` };
  const { code, hint } = REFUSALS[answer.status] ?? { code: 'forge.refused', hint: '' };
  return { class: 'permanent', code, message: `${host} answered ${answer.status}: ${said}${hint}` };
}

const REFUSALS: Readonly<Record<number, { readonly code: string; readonly hint: string }>> = {
  301: { code: 'forge.moved', hint: '; the repository has moved' },
  302: { code: 'forge.moved', hint: '; the repository has moved' },
  307: { code: 'forge.moved', hint: '; the repository has moved' },
  308: { code: 'forge.moved', hint: '; the repository has moved' },
  401: { code: 'forge.unauthorized', hint: '; the token is not valid' },
  403: { code: 'forge.forbidden', hint: '; the token is not allowed to do this' },
  404: { code: 'forge.not_found', hint: '; the repository does not exist, or the token cannot see it' },
};

/** Seconds until a limit ends, by any of the ways in which they are said; null when none is. */
function waitOf({ headers }: HttpAnswer): number | null {
  const after = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(after)) return Math.max(0, Math.ceil(after));
  const isUsedUp = headers['x-ratelimit-remaining'] === '0' || headers['ratelimit-remaining'] === '0';
  const reset = Number(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'] ?? Number.NaN);
  if (!isUsedUp || !Number.isFinite(reset)) return null;
  return Math.max(0, Math.ceil(reset - Date.now() / 1000));
}

/** GitHub and Gitea say `message` (and `errors`), GitLab `message` or `error`, each of them a text or an object. */
function messageIn(text: string): string {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return text.trim() || 'no reason given';
  const parts = ['message', 'error', 'errors'].flatMap((name) => {
    const part: unknown = name in value ? (value as Record<string, unknown>)[name] : undefined;
    return part === undefined ? [] : [typeof part === 'string' ? part : JSON.stringify(part)];
  });
  return parts.join(' ') || 'no reason given';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function reasonOf(error: unknown, url: string): string {
  const fault = networkFault(error, url);
  if (fault !== undefined) return `${fault.what}. ${fault.remedy}`;
  return error instanceof Error ? error.message || error.name : String(error);
}
