// Refusals as HTTP sees them: problem documents of RFC 9457, with the status the catalogue names.

import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { catalogueEntry, type Problem, type RefusalBody } from '@agentcom/schemas';
import { ANSWER_HEADERS } from './answer-headers.js';

/** Used when a retryable refusal names no time of its own, ms. */
const RETRY_AFTER_MS = 1_000;

/** `leader` is the address of the hub that leads, if another one does. */
export function problemOf(refusal: RefusalBody, traceId: string, leader?: string): Problem {
  const entry = catalogueEntry(refusal.code);
  const retryAfterMs =
    refusal.retryAfterMs ?? (entry.status === 503 || entry.status === 429 ? RETRY_AFTER_MS : undefined);
  return {
    type: `urn:agentcom:error:${refusal.code}`,
    title: entry.title,
    status: entry.status,
    detail: refusal.message,
    code: refusal.code,
    traceId,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(refusal.code === 'hub.not_leader' && leader !== undefined && { leader }),
    ...(refusal.details !== undefined && refusal.details.length > 0 && { errors: [...refusal.details] }),
  };
}

/** The `Retry-After` header: whole seconds, rounded up. */
export function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
}

/** How long whoever was refused may take to read why, ms. */
const LINGER_MS = 2_000;

/** Destroyed after that, whatever the other side does, unless it closes before. */
export function destroySoon(stream: Duplex | Readable): void {
  const timer = setTimeout(() => stream.destroy(), LINGER_MS);
  stream.once('close', () => clearTimeout(timer));
}

/** The last answer on a connection that no route answers. Nothing more is read from it. */
export function endWithProblem(socket: Duplex, refusal: RefusalBody, leader?: string): void {
  if (socket.writableEnded) return;
  const problem = problemOf(refusal, randomBytes(16).toString('hex'), leader);
  const body = JSON.stringify(problem);
  const headers = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(ANSWER_HEADERS).map(([name, value]) => `${name}: ${value}`),
    ...(problem.retryAfterMs === undefined ? [] : [`Retry-After: ${retryAfterSeconds(problem.retryAfterMs)}`]),
    ...(problem.status === 401 ? ['WWW-Authenticate: Bearer'] : []),
  ];
  socket.pause();
  destroySoon(socket);
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}
