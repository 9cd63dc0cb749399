// A site for repositories as Gitea is one: git over HTTP by git's own server program, and the calls for pull requests and labels.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Origin } from './origin.js';
import { eventually } from './wait.js';

const OWNER = 'team';
const CALLS = `/api/v1/repos/${OWNER}/`;

export interface Pull {
  readonly number: number;
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly state: 'open' | 'closed';
  readonly comments: readonly string[];
}

interface Kept {
  readonly number: number;
  readonly head: { readonly ref: string };
  readonly base: { readonly ref: string };
  readonly html_url: string;
  title: string;
  body: string;
  labels: readonly number[];
  state: 'open' | 'closed';
  readonly comments: string[];
}

export class GitSite {
  readonly #server: Server;
  readonly #pulls: Kept[] = [];
  readonly #labels: string[] = [];
  readonly #held = new Map<string, (() => void)[]>();

  private constructor(
    readonly origin: Origin,
    root: string,
    readonly token: string,
  ) {
    this.#server = createServer((request, response) => {
      const isCall = request.url?.startsWith(CALLS) ?? false;
      const answering = isCall ? this.#call(request, response) : git(root, request, response);
      // The caller has gone; whoever waits for the answer is told by the lost connection.
      answering.catch(() => response.destroy());
    });
  }

  /** With one repository, which has these files on `main`. */
  static async start(root: string, files: Readonly<Record<string, string>>): Promise<GitSite> {
    const origin = await Origin.make(join(root, OWNER, 'thing.git'), files);
    await origin.git('config', 'http.receivepack', 'true');
    const site = new GitSite(origin, root, 'token-of-the-site');
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    return site;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Of its repository, for somebody who reaches it as `host`. */
  repo(host: string): string {
    return `http://${host}/${OWNER}/thing.git`;
  }

  pullsFrom(branch: string): Pull[] {
    const own = this.#pulls.filter(({ head }) => head.ref === branch);
    return own.map(({ number, head, base, title, body, labels, state, comments }) => {
      return {
        number,
        branch: head.ref,
        base: base.ref,
        title,
        body,
        labels: labels.map((id) => this.#labels[id - 1] ?? ''),
        state,
        comments,
      };
    });
  }

  /** From now on a request from a branch of this agent is opened, but nobody is told so. */
  hold(agent: string): void {
    this.#held.set(agent, []);
  }

  async caught(agent: string): Promise<void> {
    await eventually(`the request of ${agent}`, 60_000, () => (this.#held.get(agent) ?? []).length > 0 || undefined);
  }

  release(agent: string): void {
    const waiting = this.#held.get(agent) ?? [];
    this.#held.delete(agent);
    for (const go of waiting) go();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
    const text = (await bytesOf(request)).toString('utf8');
    const said = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `token ${this.token}`) return said(401, { message: 'token is required' });
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, string> & { labels?: number[] });
    const route = `${request.method} ${pathname.slice(`${CALLS}thing/`.length).replace(/\d+/, 'N')}`;
    const pull = this.#pulls.find(({ number }) => number === Number(/\d+/.exec(pathname.slice(CALLS.length))?.[0]));
    switch (route) {
      case 'GET pulls':
        return said(200, searchParams.get('page') === '1' ? this.#pulls.filter(({ state }) => state === 'open') : []);
      case 'POST pulls': {
        const { head = '', base = '', title = '', body: description = '' } = body;
        if (this.#pulls.some((one) => one.head.ref === head && one.state === 'open'))
          return said(409, { message: 'already exists' });
        const number = this.#pulls.length + 1;
        const html_url = `http://${request.headers.host}/${OWNER}/thing/pulls/${number}`;
        const opened: Kept = {
          number,
          html_url,
          title,
          body: description,
          head: { ref: head },
          base: { ref: base },
          labels: [],
          state: 'open',
          comments: [],
        };
        this.#pulls.push(opened);
        await this.#released(head);
        return said(201, opened);
      }
      case 'PATCH pulls/N':
        if (pull === undefined) return said(404, { message: 'not found' });
        pull.title = body.title ?? pull.title;
        pull.body = body.body ?? pull.body;
        if (body.state === 'closed') pull.state = 'closed';
        return said(201, pull);
      case 'GET labels':
        return said(
          200,
          searchParams.get('page') === '1' ? this.#labels.map((name, at) => ({ id: at + 1, name })) : [],
        );
      case 'POST labels':
        return said(201, { id: this.#labels.push(body.name ?? ''), name: body.name });
      case 'POST issues/N/labels':
        if (pull === undefined) return said(404, { message: 'not found' });
        pull.labels = [...new Set([...pull.labels, ...(body.labels ?? [])])];
        return said(200, []);
      case 'POST issues/N/comments':
        if (pull === undefined) return said(404, { message: 'not found' });
        pull.comments.push(body.body ?? '');
        return said(201, {});
      default:
        return said(404, { message: `no ${route}` });
    }
  }

  async #released(branch: string): Promise<void> {
    const waiting = this.#held.get(branch.split('/')[1] ?? '');
    if (waiting !== undefined) await new Promise<void>((resolve) => waiting.push(resolve));
  }
}

/** As a web server runs it: https://git-scm.com/docs/git-http-backend. */
async function git(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://site');
  const body = await bytesOf(request);
  const child = spawn(BACKEND, [], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(body);
  const answer = await bytesOf(child.stdout);
  const end = answer.indexOf('\r\n\r\n');
  const headers = answer.subarray(0, end).toString('utf8').split('\r\n');
  let status = 200;
  for (const header of headers) {
    const [name = '', value = ''] = header.split(': ');
    if (name === 'Status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status).end(answer.subarray(end + 4));
}

const BACKEND = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
