// For tests: a bucket in memory, behind a server that checks every signature by the rules of AWS Signature Version 4, with node:crypto alone.

import { createHash, createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Place } from './target.js';

const PAGE = 2;

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
  readonly begunAt: number;
}

interface Asked {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly range: string | undefined;
}

export class Bucket {
  readonly objects = new Map<string, Buffer>();
  readonly uploads = new Map<string, Upload>();
  /** What came, as `PUT key?query`. */
  readonly requests: string[] = [];
  /** Answers of the next requests, in place of the bucket's own. */
  readonly failures: { readonly status: number; readonly retryAfter?: string; readonly cut?: true }[] = [];
  largestBody = 0;
  largestAnswer = 0;
  /** The next so many objects that are read are cut off after their first byte. */
  cuts = 0;
  /** As of a store that knows no ranges. */
  sendsWhole = false;
  /** What came as `traceparent`. */
  readonly traceparents = new Set<string | undefined>();
  /** The next completed upload is answered with an error in a 200. */
  failsComplete = false;
  readonly #server: Server;

  private constructor(readonly secretAccessKey: string) {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(secretAccessKey = 'the/secret+key'): Promise<Bucket> {
    const bucket = new Bucket(secretAccessKey);
    bucket.#server.listen(0, '127.0.0.1');
    await once(bucket.#server, 'listening');
    return bucket;
  }

  place(fields: Partial<S3Place> = {}): S3Place {
    const { port } = this.#server.address() as AddressInfo;
    return {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      bucket: 'backups',
      prefix: 'hub one/',
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: this.secretAccessKey,
      ...fields,
    };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    this.largestBody = Math.max(this.largestBody, body.length);
    const url = new URL(request.url ?? '', 'http://bucket');
    const key = decodeURIComponent(url.pathname.replace(/^\/backups\/?/, ''));
    this.requests.push(`${request.method} ${key}${url.search.replace(/uploadId=[^&]*/, 'uploadId')}`);
    this.traceparents.add(request.headers.traceparent as string | undefined);
    const failure = this.failures.shift();
    if (failure?.cut === true) return void request.socket.destroy();
    if (failure !== undefined) {
      response.writeHead(failure.status, failure.retryAfter === undefined ? {} : { 'retry-after': failure.retryAfter });
      return void response.end('<Error><Code>SlowDown</Code></Error>');
    }
    const wrong = this.#unsigned(request, url, body);
    if (wrong !== undefined) return void response.writeHead(403).end(`<Error><Code>${wrong}</Code></Error>`);
    this.#answer(
      { method: request.method ?? '', key, query: url.searchParams, body, range: request.headers.range },
      response,
    );
  }

  #answer({ method, key, query, body, range }: Asked, response: ServerResponse): void {
    const uploadId = query.get('uploadId');
    const upload = uploadId === null ? undefined : this.uploads.get(uploadId);
    if (uploadId !== null && upload?.key !== key)
      return void response.writeHead(404).end('<Error>NoSuchUpload</Error>');
    if (method === 'GET' && query.has('uploads')) return void response.end(this.#listUploads(query));
    if (method === 'GET' && key !== '') return this.#get(key, range, response);
    if (method === 'GET') return void response.end(this.#list(query));
    if (method === 'POST' && query.has('uploads')) {
      const id = `${randomUUID()}&"`;
      this.uploads.set(id, { key, parts: new Map(), begunAt: Date.now() });
      return void response.end(`<R><UploadId>${id.replace('&', '&amp;').replace('"', '&quot;')}</UploadId></R>`);
    }
    if (method === 'PUT' && upload !== undefined) {
      upload.parts.set(Number(query.get('partNumber')), body);
      return void response.writeHead(200, { etag: etagOf(body) }).end();
    }
    if (method === 'PUT') {
      this.objects.set(key, body);
      return void response.writeHead(200, { etag: etagOf(body) }).end();
    }
    if (method === 'POST' && upload !== undefined) return this.#complete(upload, uploadId ?? '', body, response);
    if (method === 'DELETE' && upload !== undefined) this.uploads.delete(uploadId ?? '');
    else if (method === 'DELETE') this.objects.delete(key);
    const stored = this.objects.get(key);
    if (method !== 'HEAD') return void response.writeHead(204).end();
    if (stored === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': stored.length }).end();
  }

  #complete({ key, parts }: Upload, id: string, body: Buffer, response: ServerResponse): void {
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)];
    const isRight = named.every(
      ([, nth, etag]) => etag?.replaceAll('&#34;', '"') === etagOf(parts.get(Number(nth)) ?? Buffer.alloc(0)),
    );
    if (this.failsComplete || !isRight) return void response.end('<Error><Code>InternalError</Code></Error>');
    this.objects.set(key, Buffer.concat(named.map(([, nth]) => parts.get(Number(nth)) ?? Buffer.alloc(0))));
    this.uploads.delete(id);
    response.end('<CompleteMultipartUploadResult/>');
  }

  /** By pages of one, each of which goes on behind a key and an upload of it. */
  #listUploads(query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? '';
    const markerOf = (key: string, id: string) => JSON.stringify([key, id]);
    const from = query.has('key-marker')
      ? markerOf(query.get('key-marker') ?? '', query.get('upload-id-marker') ?? '')
      : '';
    const left = [...this.uploads]
      .filter(([id, { key }]) => key.startsWith(prefix) && markerOf(key, id) > from)
      .sort(([a, one], [b, other]) => (markerOf(one.key, a) < markerOf(other.key, b) ? -1 : 1));
    const [first] = left;
    if (first === undefined) return '<R><IsTruncated>false</IsTruncated></R>';
    const [id, { key, begunAt }] = first;
    const safe = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    const shown = `<Key>${safe(key)}</Key><UploadId>${safe(id)}</UploadId><Initiated>${new Date(begunAt).toISOString()}</Initiated>`;
    const next = `<NextKeyMarker>${safe(key)}</NextKeyMarker><NextUploadIdMarker>${safe(id)}</NextUploadIdMarker>`;
    return `<R>${next}<IsTruncated>${left.length > 1}</IsTruncated><Upload>${shown}</Upload></R>`;
  }

  #get(key: string, range: string | undefined, response: ServerResponse): void {
    const stored = this.objects.get(key);
    if (stored === undefined) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (from === '' || this.sendsWhole) return void response.writeHead(200).end(stored);
    const part = stored.subarray(Number(from), Number(to) + 1);
    this.largestAnswer = Math.max(this.largestAnswer, part.length);
    response.writeHead(206, { 'content-length': part.length });
    if (this.cuts-- > 0) return void response.write(part.subarray(0, 1), () => response.destroy());
    response.end(part);
  }

  #list(query: URLSearchParams): string {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const from = Number(query.get('continuation-token')?.slice(1) ?? 0);
    const more = from + PAGE < keys.length ? `<NextContinuationToken>=${from + PAGE}</NextContinuationToken>` : '';
    const shown = keys.slice(from, from + PAGE).map((key) => `<Contents><Key>${key}</Key></Contents>`);
    return `<ListBucketResult>${shown.join('')}${more}</ListBucketResult>`;
  }

  /** What is wrong with the signature; undefined when nothing is. */
  #unsigned(request: IncomingMessage, url: URL, body: Buffer): string | undefined {
    const { headers } = request;
    const given = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
    if (given === null) return 'MissingSecurityHeader';
    const [, credential = '', signedHeaders = '', signature] = given;
    const [accessKey, day = '', region = '', service = '', end = ''] = credential.split('/');
    if (accessKey !== 'AKIDEXAMPLE' || service !== 's3' || end !== 'aws4_request') return 'InvalidAccessKeyId';
    if (headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch';
    const query = [...url.searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
    const names = signedHeaders.split(';');
    if (!names.includes('host') || !names.includes('x-amz-content-sha256')) return 'AccessDenied';
    const canonical = [
      request.method,
      url.pathname,
      query.join('&'),
      ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
      '',
      signedHeaders,
      sha256(body),
    ].join('\n');
    const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], `${day}/${region}/${service}/${end}`, sha256(canonical)];
    const key = [day, region, service, end].reduce<string | Buffer>(
      (above, part) => createHmac('sha256', above).update(part).digest(),
      `AWS4${this.secretAccessKey}`,
    );
    const expected = createHmac('sha256', key).update(text.join('\n')).digest('hex');
    return expected === signature ? undefined : 'SignatureDoesNotMatch';
  }
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
