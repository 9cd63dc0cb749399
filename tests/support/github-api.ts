// A server that answers as GitHub's own OpenAPI description of its REST API says, and refuses what that does not allow.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { REPOSITORY } from './cli.js';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly $ref?: string; readonly name?: string; readonly in?: string }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } };
  readonly responses: Readonly<Record<string, object>>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly parameters: Readonly<Record<string, { readonly name: string; readonly in: string }>>;
    readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
  };
}

export interface GithubCall {
  readonly operation: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** An answer that the test chooses; the description's own example when it chooses none. */
export interface GithubAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GithubApi {
  readonly url: string;
  readonly calls: GithubCall[];
  /** What was asked for that the description does not have. */
  readonly faults: string[];
  example(name: string): unknown;
  stop(): Promise<void>;
}

export async function startGithubApi(answer: (call: GithubCall) => GithubAnswer): Promise<GithubApi> {
  const description = await readDescription();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(description, 'github');
  const calls: GithubCall[] = [];
  const faults: string[] = [];

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://github');
    const found = find(description, request.method ?? 'GET', url.pathname);
    if (found === undefined) {
      faults.push(`there is no ${request.method} ${url.pathname}`);
      response.writeHead(404).end('{"message":"Not Found"}');
      return;
    }
    const { operation, pointer } = found;
    const query = Object.fromEntries(url.searchParams);
    const body = await bodyOf(request);
    faults.push(...wrongQuery(description, operation, query), ...wrongBody(ajv, operation, pointer, body));
    const call = { operation: operation.operationId, query, body, authorization: request.headers.authorization };
    calls.push(call);
    const { status, body: said, headers } = answer(call);
    if (!Object.hasOwn(operation.responses, String(status)) && status < 500 && status !== 401 && status !== 429)
      faults.push(`${operation.operationId} never answers ${status}`);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(said ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    faults,
    example: (name) => description.components.examples[name]?.value,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function readDescription(): Promise<Description> {
  const setup = join(REPOSITORY, 'scripts', 'setup.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [setup, '--github-api']);
  return JSON.parse(await readFile(stdout.trim(), 'utf8'));
}

function find(description: Description, method: string, pathname: string) {
  const parts = pathname.split('/');
  for (const [template, methods] of Object.entries(description.paths)) {
    const wanted = template.split('/');
    const fits = wanted.length === parts.length && wanted.every((part, i) => part.startsWith('{') || part === parts[i]);
    const operation = fits ? methods[method.toLowerCase()] : undefined;
    if (operation === undefined) continue;
    const pointer = `github#/paths/${template.replaceAll('~', '~0').replaceAll('/', '~1')}/${method.toLowerCase()}`;
    return { operation, pointer };
  }
  return undefined;
}

function wrongQuery(description: Description, operation: Operation, query: Readonly<Record<string, string>>): string[] {
  const known = new Set(
    (operation.parameters ?? []).map(({ $ref, name, in: where }) => {
      const parameter =
        $ref === undefined ? { name, in: where } : description.components.parameters[$ref.split('/').at(-1) ?? ''];
      return parameter?.in === 'query' ? parameter.name : undefined;
    }),
  );
  return Object.keys(query)
    .filter((name) => !known.has(name))
    .map((name) => `${operation.operationId} has no query parameter ${name}`);
}

function wrongBody(ajv: Ajv2020, operation: Operation, pointer: string, body: unknown): string[] {
  if (operation.requestBody === undefined) return body === undefined ? [] : [`${operation.operationId} takes no body`];
  const validate = ajv.compile({ $ref: `${encodeURI(pointer)}/requestBody/content/application~1json/schema` });
  const properties = Object.keys(
    (operation.requestBody.content['application/json'].schema as { properties?: object }).properties ?? {},
  );
  // The description's objects are open; a field that it does not name would be ignored, which no caller means.
  const unknown = properties.length === 0 ? [] : Object.keys(body ?? {}).filter((name) => !properties.includes(name));
  return [
    ...(validate(body) ? [] : [`${operation.operationId}: ${ajv.errorsText(validate.errors)}`]),
    ...unknown.map((name) => `${operation.operationId} has no field ${name}`),
  ];
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}
