// The dashboard as set-up builds it: one page for every path of its own, and what that page loads, compressed when it was built and kept in
// memory. What has a hash in its name is good for ever; the page itself is asked for again each time.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../core/refusal.js';
import type { RouteReply } from './handler.js';

const PAGE = 'index.html';

/** Nothing inline, nothing from elsewhere, no text that becomes markup or script. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The one that a page may make says which script the service worker is.
  'trusted-types service-worker',
].join('; ');

const WORKER = 'service-worker.js';
/** It fetches what a page would fetch. */
const WORKER_HEADERS = { 'content-security-policy': "default-src 'none'; connect-src 'self'" };

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json; charset=utf-8',
};

/** A file in the folder of the build or in its `assets`; never one above it, nor a compressed copy by its own name. */
const FILE = /^\/((?:assets\/)?[A-Za-z0-9_-][A-Za-z0-9._-]*\.([a-z]+))$/;
/** Paths of others: what is missing there is missing, and no page stands in for it. */
const NOT_PAGES = /^\/(?:api|assets|join|ws|sign-in\/oidc|livez|readyz|healthz|metrics)(?:\/|$)/;

/** What a request says about itself. */
export interface Wants {
  readonly accept?: string | undefined;
  readonly acceptEncoding?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

interface Served {
  readonly type: string;
  readonly etag: string;
  readonly isForEver: boolean;
  readonly plain: Buffer;
  /** Where the compressed copy is worth it. */
  readonly br?: Buffer | undefined;
  readonly gzip?: Buffer | undefined;
}

export class DashboardFiles {
  readonly #folder: string | undefined;
  /** By path. Forgotten when the page has changed, which names all others. */
  readonly #known = new Map<string, Served>();
  #mark = '';

  /** Without a folder, people are told that there is no dashboard. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** The page itself. */
  async page(wants: Wants): Promise<RouteReply | Refusal> {
    const page = await this.#read(PAGE, 'html');
    return page === undefined
      ? new Refusal('dashboard.not_built', 'this hub has no dashboard to serve')
      : reply(page, wants, { 'content-security-policy': PAGE_POLICY });
  }

  /** What is at this path: a file of the build, or the page where a person goes to a path of its own; undefined for everything else. */
  async find(path: string, wants: Wants): Promise<RouteReply | Refusal | undefined> {
    const [, name, extension = ''] = FILE.exec(path) ?? [];
    const file = name === undefined || extension === 'html' ? undefined : await this.#read(name, extension);
    if (file !== undefined) return reply(file, wants, name === WORKER ? WORKER_HEADERS : {});
    const isPerson = wants.accept?.includes('text/html') === true;
    return isPerson && !NOT_PAGES.test(path) ? this.page(wants) : undefined;
  }

  async #read(name: string, extension: string): Promise<Served | undefined> {
    const type = TYPES[extension];
    if (this.#folder === undefined || type === undefined) return undefined;
    try {
      if (name === PAGE) await this.#renew(join(this.#folder, name));
      const known = this.#known.get(name);
      if (known !== undefined) return known;
      const [plain, br, gzip] = await Promise.all([
        readFile(join(this.#folder, name)),
        readIfThere(join(this.#folder, `${name}.br`)),
        readIfThere(join(this.#folder, `${name}.gz`)),
      ]);
      const etag = `"${createHash('sha256').update(plain).digest('base64url')}"`;
      const served = { type, etag, isForEver: name.startsWith('assets/'), plain, br, gzip };
      this.#known.set(name, served);
      return served;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #renew(page: string): Promise<void> {
    const { mtimeMs, size } = await stat(page);
    const mark = `${mtimeMs} ${size}`;
    if (this.#mark !== mark) this.#known.clear();
    this.#mark = mark;
  }
}

function reply(
  file: Served,
  { acceptEncoding = '', ifNoneMatch }: Wants,
  more: Record<string, string> = {},
): RouteReply {
  const headers = {
    ...more,
    etag: file.etag,
    vary: 'accept-encoding',
    'cache-control': file.isForEver ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (ifNoneMatch === file.etag) return { status: 304, headers };
  const typed = { ...headers, 'content-type': file.type };
  const takes = (coding: string): boolean =>
    new RegExp(`(^|[ ,])${coding}($|[ ,;](?!\\s*q=0(\\.0+)?($|[ ,])))`).test(acceptEncoding);
  if (file.br !== undefined && takes('br')) return { body: file.br, headers: { ...typed, 'content-encoding': 'br' } };
  if (file.gzip !== undefined && takes('gzip')) {
    return { body: file.gzip, headers: { ...typed, 'content-encoding': 'gzip' } };
  }
  return { body: file.plain, headers: typed };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'EISDIR', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code));
}
