// The parts of a request, decoded and checked against the schemas of its route.

import {
  compiler,
  decodeJson,
  Empty,
  LIMITS,
  ROUTES,
  type Route,
  type RouteName,
  type TSchema,
  type Validator,
} from '@agentcom/schemas';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '../../core/refusal.js';
import type { RouteRequest } from './handler.js';

const IDEMPOTENCY_KEY = new RegExp(`^[\\x21-\\x7e]{1,${LIMITS.idempotencyKeyChars}}$`);

/** Larger than any sequence of a journal that is not broken. */
const SEQ = /^(?:0|[1-9][0-9]{0,14})$/;

export type RequestInput = {
  /** The batch of the journal that the answer must know of. */
  readonly minSeq: number | undefined;
} & Pick<
  RouteRequest<RouteName>,
  | 'path'
  | 'query'
  | 'body'
  | 'idempotencyKey'
  | 'origin'
  | 'address'
  | 'accept'
  | 'userAgent'
  | 'cookie'
  | 'lastEventId'
  | 'ifNoneMatch'
  | 'acceptEncoding'
  | 'ifMatch'
>;

type InputReader = (request: FastifyRequest) => RequestInput | Refusal;

const compileInput = compiler('input');
const compileQuery = compiler('query');

/** Made once; a schema is compiled when it is first used. */
export const inputReaders = Object.fromEntries(
  Object.entries<Route>(ROUTES).map(([name, route]) => [name, inputReader(route)]),
) as Readonly<Record<RouteName, InputReader>>;

function inputReader(route: Route): InputReader {
  const readPath = compiled(route.path);
  const readQuery = compileQuery(route.query ?? Empty);
  const readBody = compiled(route.body);
  return (request) => {
    const path = readPath?.(request.params);
    if (path?.ok === false) return invalid('path', path.details);
    const { minSeq, ...asked } = request.query as Readonly<Record<string, unknown>>;
    if (minSeq !== undefined && !(typeof minSeq === 'string' && SEQ.test(minSeq))) {
      return invalid('query', [{ path: '/minSeq', message: 'must be a number from an AgentCom-Seq header' }]);
    }
    const query = readQuery(route.takesAnyQuery === true ? knownTo(route.query, asked) : asked);
    if (!query.ok) return invalid('query', query.details);
    const body = bodyOf(readBody, request.body);
    if (body instanceof Refusal) return body;
    const { 'idempotency-key': idempotencyKey } = request.headers;
    if (idempotencyKey !== undefined && !(typeof idempotencyKey === 'string' && IDEMPOTENCY_KEY.test(idempotencyKey))) {
      const message = `must be 1 to ${LIMITS.idempotencyKeyChars} printable ASCII characters without spaces`;
      const details = [{ path: '/idempotencyKey', message }];
      return new Refusal('request.invalid', 'the Idempotency-Key header is not valid', details);
    }
    return {
      minSeq: minSeq === undefined ? undefined : Number(minSeq),
      path: path?.value,
      query: query.value,
      body: body.value,
      idempotencyKey,
      origin: `${request.protocol}://${request.host}`,
      address: request.ip,
      accept: request.headers.accept,
      userAgent: request.headers['user-agent'],
      cookie: request.headers.cookie,
      lastEventId: headerOf(request, 'last-event-id'),
      ifNoneMatch: request.headers['if-none-match'],
      acceptEncoding: request.headers['accept-encoding']?.toString(),
      ifMatch: request.headers['if-match'],
    } as RequestInput;
  };
}

/** What the schema knows of these fields. */
function knownTo(schema: TSchema | undefined, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { properties = {} } = (schema ?? Empty) as { readonly properties?: object };
  return Object.fromEntries(Object.entries(fields).filter(([name]) => Object.hasOwn(properties, name)));
}

function compiled(schema: TSchema | undefined): Validator<unknown> | undefined {
  return schema && compileInput(schema);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A body that may be left out counts as an empty object. */
function bodyOf(validate: Validator<unknown> | undefined, bytes: unknown): { readonly value: unknown } | Refusal {
  if (validate === undefined) return { value: undefined };
  const decoded =
    bytes instanceof Uint8Array && bytes.length > 0 ? decodeJson(bytes) : { ok: true as const, value: {} };
  if (!decoded.ok) return invalid('body', decoded.details);
  const body = validate(decoded.value);
  if (body.ok) return { value: body.value };
  return new Refusal(body.code, 'the body is not valid', body.details);
}

function invalid(what: string, details: Refusal['details']): Refusal {
  return new Refusal('request.invalid', `the ${what} is not valid`, details);
}
