// What of each request goes to the audit: every change, sign-in and refusal, with who it was and what it was about; never bodies, queries or
// headers.

import {
  type AuditFact,
  catalogueEntry,
  type ErrorCode,
  LIMITS,
  type RefusalBody,
  ROUTES,
  type Route,
  type RouteName,
} from '@agentcom/schemas';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../access/authenticate.js';
import { type AuditTrail, isAccessRefusal } from '../audit-port.js';

/** Who it turned out to be and what it is about, where the request alone does not say so. */
export interface AuditNote {
  readonly org?: string | undefined;
  readonly caller?: string | undefined;
  readonly name?: string | undefined;
  readonly target?: string | undefined;
  readonly reason?: string | undefined;
  /** Why it was refused, where the answer sends a browser elsewhere and does not say so itself. */
  readonly code?: ErrorCode | undefined;
}

interface Noted {
  readonly name: RouteName;
  readonly route: Route;
  note: AuditNote;
}

export class RequestAudit {
  readonly #requests = new WeakMap<FastifyRequest, Noted>();

  constructor(private readonly trail: AuditTrail) {}

  begin(request: FastifyRequest, name: RouteName): void {
    const { id, name: called, org } = (request.params ?? {}) as Readonly<Record<string, string>>;
    this.#requests.set(request, { name, route: ROUTES[name], note: { target: id ?? called ?? org } });
  }

  calledBy(request: FastifyRequest, { org, by: caller, name }: Caller): void {
    this.note(request, { org, caller, name });
  }

  note(request: FastifyRequest, note: AuditNote): void {
    const noted = this.#requests.get(request);
    if (noted !== undefined) noted.note = { ...noted.note, ...note };
  }

  /** `answer` is what it was answered with: what was made is named there. */
  done(request: FastifyRequest, status: number, answer: unknown): void {
    const noted = this.#requests.get(request);
    if (isRead(request) && noted?.route.changes !== true) return;
    if (noted?.note.code !== undefined)
      return this.#record(request, { outcome: 'refused', status, code: noted.note.code });
    const target = this.#requests.get(request)?.note.target ?? idOf(answer);
    if (target !== undefined) this.note(request, { target });
    this.#record(request, { outcome: 'done', status });
  }

  refused(request: FastifyRequest, refusal: RefusalBody): void {
    if (isRead(request) && !isAccessRefusal(refusal)) return;
    const { code } = refusal;
    this.#record(request, { outcome: 'refused', status: catalogueEntry(code).status, code });
  }

  #record(request: FastifyRequest, how: Pick<AuditFact, 'outcome' | 'status' | 'code'>): void {
    const noted = this.#requests.get(request);
    if (noted === undefined) return;
    this.#requests.delete(request);
    const { name: route, note } = noted;
    const { org, code: _code, ...about } = note;
    const words = Object.entries(about as Readonly<Record<string, string | undefined>>).flatMap(([key, word]) =>
      word === undefined ? [] : [[key, word.slice(0, LIMITS.auditWordChars)] as const],
    );
    const { action } = noted.route;
    const fact = { action, route, ...Object.fromEntries(words), address: request.ip, ...how, traceId: request.id };
    this.trail.record(org, fact);
  }
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function idOf(answer: unknown): string | undefined {
  const id = typeof answer === 'object' && answer !== null && 'id' in answer ? answer.id : undefined;
  return typeof id === 'string' ? id : undefined;
}
