// What a handler gets and what it answers with.

import type { Data, ROUTES, RouteName, TSchema } from '@agentcom/schemas';
import type { Caller } from '../../access/authenticate.js';
import type { View } from '../../access/view.js';
import type { Command, Replies } from '../../core/commands.js';
import type { Refusal } from '../../core/refusal.js';
import type { AuditNote } from './request-audit.js';

type Part<N extends RouteName, P extends 'path' | 'query' | 'body'> = (typeof ROUTES)[N] extends {
  readonly [K in P]: infer S;
}
  ? S extends TSchema
    ? Data<S>
    : never
  : undefined;

/** Everything authorised and validated. There is no caller where the route needs no key. */
export interface RouteRequest<N extends RouteName> {
  readonly caller: (typeof ROUTES)[N]['action'] extends 'public' ? undefined : Caller;
  readonly path: Part<N, 'path'>;
  readonly query: Part<N, 'query'>;
  readonly body: Part<N, 'body'>;
  readonly idempotencyKey: string | undefined;
  /** As the caller addressed this hub, such as `http://hub:7700`. */
  readonly origin: string;
  /** Where it came from. */
  readonly address: string;
  readonly accept: string | undefined;
  readonly userAgent: string | undefined;
  /** The `Cookie` header. */
  readonly cookie: string | undefined;
  /** What a reader of server-sent events says when it comes back. */
  readonly lastEventId: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly acceptEncoding: string | undefined;
  /** Its own span, while traces are on. */
  readonly traceparent?: string | undefined;
  /** The version that a change is meant for. */
  readonly ifMatch: string | undefined;
  /** For the audit: who it turned out to be, or what it is about. */
  note(about: AuditNote): void;
  /** What the caller may see of the state, once that is durable. */
  read<T>(look: (view: View) => T): Promise<T | Refusal>;
  /** Calls `run` once when the caller has left or its key has ended, unless what is returned is called before. */
  onOver(run: () => void): () => void;
  /** Resolves once the outcome is durable. */
  execute<C extends Command>(command: C): Promise<Replies[C['type']] | Refusal>;
}

/** The status is the route's own unless given. */
export interface RouteReply {
  /** A value that becomes JSON, text or bytes as they are, or a stream of them. */
  readonly body?: unknown;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export type Handlers = {
  readonly [N in RouteName]: (request: RouteRequest<N>) => Promise<RouteReply | Refusal> | RouteReply | Refusal;
};
