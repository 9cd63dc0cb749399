// Copies in a bucket of S3, or of anything that speaks like it. Large files go in parts, one at a time, so that a copy of any size takes the
// memory of one part; what fails for a while is retried. Every body is signed, so that nothing is stored that was changed on the way.

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '@agentcom/schemas';
import { AwsClient } from 'aws4fetch';
import type { OnProgress } from '../../worker-process.js';
import { isBackupName } from '../backup.js';
import type { OffSiteTarget, S3Place } from './target.js';

/** S3 takes parts from 5 MiB on, and at most 10,000 of them. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_MAX = 10_000;
const TRIES = 6;
const RETRY = { baseMs: 500, capMs: 30_000 };
const RETRY_AFTER_MS_MAX = 60_000;
const REQUEST_MS_MAX = 10 * 60_000;
const ERROR_CHARS = 300;

export interface S3Options {
  readonly partBytes?: number;
  /** Waits before a retry. */
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** The span that its requests belong to, while traces are on. */
  readonly traceparent?: string | undefined;
}

interface Asked {
  readonly method: string;
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export class S3Target implements OffSiteTarget {
  readonly #client: AwsClient;
  readonly #partBytes: number;
  readonly #sleep: (ms: number) => Promise<unknown>;
  readonly #traceparent: string | undefined;

  constructor(
    private readonly place: S3Place,
    { partBytes = PART_BYTES, sleep = delay, traceparent }: S3Options = {},
  ) {
    const { accessKeyId, secretAccessKey, region } = place;
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
    this.#partBytes = partBytes;
    this.#sleep = sleep;
    this.#traceparent = traceparent;
  }

  async list(): Promise<readonly string[]> {
    const { prefix } = this.place;
    const names: string[] = [];
    for (let token: string | undefined = ''; token !== undefined; ) {
      const more: Record<string, string> = token === '' ? {} : { 'continuation-token': token };
      const query = { 'list-type': '2', prefix, ...more };
      const text = textOf(await this.#request({ method: 'GET', query }));
      names.push(...textsOf(text, 'Key').map((key) => key.slice(prefix.length)));
      token = textsOf(text, 'NextContinuationToken')[0];
    }
    return names;
  }

  /** The whole address of what is there under `name`. */
  address(name = ''): string {
    return `s3://${this.place.bucket}/${this.place.prefix}${name}`;
  }

  /** Bytes. */
  async size(name: string): Promise<number> {
    const { headers } = await this.#request({ method: 'HEAD', name });
    return Number(headers.get('content-length'));
  }

  /** `length` bytes from `start` on. */
  async read(name: string, start: number, length: number): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    const range = `bytes=${start}-${start + length - 1}`;
    const { body } = await this.#request({ method: 'GET', name, headers: { range } });
    if (body.length !== length) throw new Error(`${this.address(name)}: ${body.length} bytes came, not ${length}`);
    return body;
  }

  async put(file: string, name: string, onProgress: OnProgress): Promise<void> {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > this.#partBytes) await this.#putParts(handle, size, name, onProgress);
      else await this.#request({ method: 'PUT', name, body: await read(handle, 0, size) });
      onProgress(size, size);
      const stored = await this.size(name);
      if (stored !== size) throw new Error(`${this.address(name)} has ${stored} bytes there, not ${size}`);
    } finally {
      await handle.close();
    }
  }

  async remove(name: string): Promise<void> {
    await this.#request({ method: 'DELETE', name });
  }

  async removeUnfinished(beforeMs: number): Promise<void> {
    const { prefix } = this.place;
    let next: Readonly<Record<string, string>> | undefined = {};
    while (next !== undefined) {
      const text: string = textOf(await this.#request({ method: 'GET', query: { uploads: '', prefix, ...next } }));
      for (const [, upload = ''] of text.matchAll(/<Upload>(.*?)<\/Upload>/gs)) {
        const [key = ''] = textsOf(upload, 'Key');
        const [uploadId = ''] = textsOf(upload, 'UploadId');
        const begunAt = Date.parse(textsOf(upload, 'Initiated')[0] ?? '');
        const name = key.slice(prefix.length);
        if (isBackupName(name) && begunAt < beforeMs)
          await this.#request({ method: 'DELETE', name, query: { uploadId } });
      }
      const [keyMarker] = textsOf(text, 'NextKeyMarker');
      const [idMarker = ''] = textsOf(text, 'NextUploadIdMarker');
      const hasMore = textsOf(text, 'IsTruncated')[0] === 'true' && keyMarker !== undefined && keyMarker !== '';
      next = hasMore ? { 'key-marker': keyMarker, 'upload-id-marker': idMarker } : undefined;
    }
  }

  async #putParts(handle: FileHandle, size: number, name: string, onProgress: OnProgress): Promise<void> {
    const begun = textOf(await this.#request({ method: 'POST', name, query: { uploads: '' } }));
    const [uploadId] = textsOf(begun, 'UploadId');
    if (uploadId === undefined) throw new Error(`${this.address(name)}: the store began no upload in parts`);
    try {
      const etags = await this.#sendParts(handle, size, { name, uploadId, onProgress });
      const parts = etags.map(
        (etag, nth) => `<Part><PartNumber>${nth + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`,
      );
      const body = bytesOf(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
      const answer = textOf(await this.#request({ method: 'POST', name, query: { uploadId }, body }));
      // The store answers 200 before it knows.
      if (/<Error>/.test(answer)) throw new Error(`${this.address(name)}: ${answer.slice(0, ERROR_CHARS)}`);
    } catch (error) {
      await this.#request({ method: 'DELETE', name, query: { uploadId } }).catch(() => undefined);
      throw error;
    }
  }

  async #sendParts(
    handle: FileHandle,
    size: number,
    { name, uploadId, onProgress }: { name: string; uploadId: string; onProgress: OnProgress },
  ): Promise<string[]> {
    const partBytes = Math.max(this.#partBytes, Math.ceil(size / PARTS_MAX));
    const etags: string[] = [];
    for (let at = 0; at < size; at += partBytes) {
      const body = await read(handle, at, Math.min(partBytes, size - at));
      const query = { partNumber: String(etags.length + 1), uploadId };
      const { headers } = await this.#request({ method: 'PUT', name, query, body });
      etags.push(headers.get('etag') ?? '');
      onProgress(at + body.length, size);
    }
    return etags;
  }

  /** A success, after retries of what may pass; throws with the store's own words otherwise. */
  async #request(asked: Asked): Promise<Answer> {
    for (let tried = 1; ; tried++) {
      const last = tried === TRIES;
      let retryMs = backoffMs(RETRY, tried);
      try {
        const answer = await this.#send(asked);
        const { status, headers } = answer;
        if (status >= 200 && status < 300) return answer;
        const text = textOf(answer).slice(0, ERROR_CHARS);
        const isPassing = status >= 500 || status === 429;
        if (last || !isPassing) throw new Refused(`${this.address(asked.name)}: ${asked.method} ${status} ${text}`);
        const waitSeconds = Number(headers.get('retry-after') ?? Number.NaN);
        if (waitSeconds >= 0) retryMs = Math.min(waitSeconds * 1000, RETRY_AFTER_MS_MAX);
      } catch (error) {
        if (error instanceof Refused) throw error;
        if (last) throw new Error(`${this.address(asked.name)}: ${reasonOf(error)}`, { cause: error });
      }
      await this.#sleep(retryMs);
    }
  }

  /** An answer is no larger than a part, and whole or an error. */
  async #send({ method, name, query = {}, headers = {}, body }: Asked): Promise<Answer> {
    const { endpoint, bucket, prefix } = this.place;
    const key = name === undefined ? '' : `${prefix}${name}`.split('/').map(encodeURIComponent).join('/');
    const url = new URL(`${endpoint}/${bucket}/${key}`);
    for (const [field, value] of Object.entries(query)) url.searchParams.set(field, value);
    const sum = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const request = await this.#client.sign(url.href, {
      method,
      headers: { ...headers, 'x-amz-content-sha256': sum },
      ...(body !== undefined && { body }),
    });
    // Not signed: a proxy on the way may put its own span there.
    if (this.#traceparent !== undefined) request.headers.set('traceparent', this.#traceparent);
    const response = await fetch(request, { signal: AbortSignal.timeout(REQUEST_MS_MAX), redirect: 'error' });
    if (headers.range !== undefined && response.status === 200) {
      await response.body?.cancel();
      throw new Refused(`${this.address(name)}: the store sends no parts of it`);
    }
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
  }
}

class Refused extends Error {}

async function read(handle: FileHandle, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) throw new Error('the file became shorter while it was copied');
    filled += bytesRead;
  }
  return bytes;
}

function textOf({ body }: Answer): string {
  return body.toString();
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The texts of all elements of that name, none of which holds another. */
function textsOf(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, text = '']) =>
    text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name?: string) =>
      code === undefined ? (ENTITIES[name ?? ''] ?? whole) : String.fromCodePoint(Number(code)),
    ),
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** `fetch` hides what went wrong in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause);
}
