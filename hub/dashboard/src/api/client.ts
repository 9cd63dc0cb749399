// Calls the routes of the hub by their names, with the types that the hub itself checks by. The session is a cookie that comes along by itself.

import type { Data, ROUTES, RouteName, TSchema } from '@agentcom/schemas';
import { ROUTE_ADDRESSES } from '@agentcom/schemas/route-addresses';
import { hubTimeIs } from '../clock.js';
import { texts } from '../texts/common.js';
import { ApiError, fromProblem } from './problem.js';

type Part<N extends RouteName, P extends 'path' | 'query' | 'body'> = (typeof ROUTES)[N] extends {
  readonly [K in P]: infer S;
}
  ? S extends TSchema
    ? Data<S>
    : never
  : never;

/** What a route is given; only what it takes. */
export type Input<N extends RouteName> = {
  readonly [P in 'path' | 'query' | 'body' as Part<N, P> extends never ? never : P]?: Part<N, P>;
} & {
  /** The version that a change is meant for. */
  readonly ifMatch?: string;
  /** Of a POST that is repeated: the same as before. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
};

export type Answer<N extends RouteName> = (typeof ROUTES)[N] extends { readonly answer: infer S }
  ? S extends TSchema
    ? Data<S>
    : undefined
  : undefined;

export interface Answered<N extends RouteName> {
  readonly body: Answer<N>;
  readonly etag: string | undefined;
}

interface AnyInput {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** Told when the session has ended, whatever was asked for. */
let onSignedOut: () => void = () => undefined;
export function whenSignedOut(run: () => void): void {
  onSignedOut = run;
}

export async function call<N extends RouteName>(name: N, input: Input<N> = {} as Input<N>): Promise<Answer<N>> {
  return (await exchange(name, input)).body;
}

/** With the version of what was answered. */
export async function exchange<N extends RouteName>(name: N, input: Input<N> = {} as Input<N>): Promise<Answered<N>> {
  const { method } = ROUTE_ADDRESSES[name];
  const { body, ifMatch, idempotencyKey, signal } = input as AnyInput;
  const response = await reach(urlOf(name, input as AnyInput), {
    method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(method === 'POST' && { 'idempotency-key': idempotencyKey ?? newIdempotencyKey() }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  });
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  if (!response.ok) throw await refusal(response, isJson);
  const answer: unknown = isJson ? await response.json() : undefined;
  return { body: answer as Answer<N>, etag: response.headers.get('etag') ?? undefined };
}

/** Asks for it as another type, and has the browser save what comes. */
export async function saveAs<N extends RouteName>(
  name: N,
  input: Input<N>,
  accept: string,
  file: string,
): Promise<void> {
  const response = await reach(urlOf(name, input as AnyInput), { headers: { accept } });
  if (!response.ok) throw await refusal(response, response.headers.get('content-type')?.includes('json') === true);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = file;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The path with what stands in it, and the query. */
export function urlOf(name: RouteName, { path = {}, query = {} }: AnyInput): string {
  const filled = ROUTE_ADDRESSES[name].url.replace(/:(\w+)/g, (_, part: string) =>
    encodeURIComponent(String(path[part])),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(key, String(one));
  }
  const text = search.toString();
  return text === '' ? filled : `${filled}?${text}`;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, { ...init, credentials: 'same-origin', cache: 'no-store' });
    hubTimeIs(response.headers.get('date'));
    return response;
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError('network', 0, texts.errors.network);
  }
}

async function refusal(response: Response, isJson: boolean): Promise<ApiError> {
  const problem = isJson ? await response.json().catch(() => undefined) : undefined;
  if (response.status === 401 && ['auth.missing', 'auth.invalid', 'auth.session_over'].includes(problem?.code)) {
    onSignedOut();
  }
  if (typeof problem?.code === 'string') return fromProblem(problem);
  return new ApiError('network', response.status, texts.errors.odd(response.status));
}

/** What a route answers as a file of that type. */
export async function fileOf<N extends RouteName>(name: N, input: Input<N>, accept: string): Promise<Blob> {
  const response = await reach(urlOf(name, input as AnyInput), { headers: { accept } });
  if (!response.ok) throw await refusal(response, response.headers.get('content-type')?.includes('json') === true);
  return response.blob();
}

/** Not `randomUUID`, which browsers offer over https alone. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
