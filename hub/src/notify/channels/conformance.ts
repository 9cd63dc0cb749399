// What every kind of channel must do, whatever its provider: the same suite for each, against a server in the test that answers as the
// provider's documentation says.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ChannelKind, Notification } from '@agentcom/schemas';
import { listening, stopped } from '@agentcom/schemas/host/network/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GuardedHttp } from '../http-out.js';
import { Outbox } from '../outbox/outbox.js';
import { outgoingOf } from '../outgoing.js';
import type { Channel } from '../ports.js';
import { delivery, ManualTime, MemoryDeliveries, NOON, TestPorts, turn } from '../testing.js';
import type { Outcome } from './channel.js';
import { channelKinds, KnownKinds } from './index.js';

/** `busy`: too many requests, for 7 s. `hangs`: the answer begins and does not end. `floods`: it never ends. */
export type Behaviour = 'accepts' | 'busy' | 'broken' | 'silent' | 'hangs' | 'floods' | 'redirects' | 'gone';

/** One message as it arrived. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface TestProvider {
  /** Valid, and leading to it. */
  readonly settings: object;
  readonly received: readonly Received[];
  behave(as: Behaviour): void;
  /** Whom its certificate is from. */
  readonly env?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface Scene {
  readonly kind: ChannelKind;
  start(): Promise<TestProvider>;
  /** In its settings, and nowhere in what is said of a failure. */
  readonly secrets: readonly string[];
  /** Where it differs from what most do. */
  readonly outcomes?: Partial<Readonly<Record<Behaviour, Outcome['kind'] | 'waits'>>>;
  /** Whether its protocol has them; by default it does. */
  readonly hasRedirects?: boolean;
  /** What a person or program at the other end reads. */
  textOf(received: Received): string;
  /** Whether a second message of a group took the place of the first, or stands in one thread with it. */
  isSameEntry(first: Received, later: Received): boolean;
  isClosing(received: Received): boolean;
  /** Expects that nothing is longer than the provider takes. */
  expectFits(received: Received): void;
}

const USUAL: Readonly<Record<Behaviour, Outcome['kind'] | 'waits'>> = {
  accepts: 'sent',
  busy: 'waits',
  broken: 'retry',
  silent: 'retry',
  hangs: 'sent',
  floods: 'sent',
  redirects: 'refused',
  gone: 'refused',
};

export function conformance(scene: Scene): void {
  const kind = channelKinds[scene.kind];
  let provider: TestProvider;
  let ports: TestPorts;

  beforeEach(async () => {
    provider = await scene.start();
    ports = new TestPorts();
    ports.keys = VAPID;
    const channel: Channel = { kind: scene.kind, name: 'on call', settings: provider.settings, isDisabled: false };
    ports.channels.set('oncall', channel);
  });

  afterEach(() => provider.stop());

  function httpOut(timeoutMs?: number): GuardedHttp {
    const limits = timeoutMs === undefined ? {} : { timeoutMs };
    return new GuardedHttp({ env: provider.env ?? {}, allowed: ['127.0.0.0/8'], now: () => NOON, ...limits });
  }

  async function send(more: Partial<Notification> = {}, { excerpt = false, ref = '', timeoutMs = 10_000 } = {}) {
    const given = delivery(more, { includeExcerpt: excerpt });
    return kind.send({
      message: outgoingOf(given, ref === '' ? undefined : ref, 'https://hub.example'),
      settings: provider.settings as never,
      http: httpOut(timeoutMs),
      now: Date.now(),
      publicUrl: 'https://hub.example',
      vapid: VAPID,
    });
  }

  function newest(): Received {
    const received = provider.received.at(-1);
    if (received === undefined) throw new Error('nothing has arrived');
    return received;
  }

  it('takes its own settings, shows no secret of them, and takes no unknown field', () => {
    const kinds = new KnownKinds();
    expect(kinds.validate(scene.kind, provider.settings)).toEqual({ ok: true, value: provider.settings });
    expect(kinds.validate(scene.kind, { ...provider.settings, other: 1 }).ok).toBe(false);
    expect(kinds.validate(scene.kind, {}).ok).toBe(false);
    const shown = JSON.stringify(kinds.shown(scene.kind, provider.settings));
    for (const secret of scene.secrets) expect(shown).not.toContain(secret);
  });

  it('says what is wrong, what to do next and where to look', async () => {
    expect(await send()).toMatchObject({ kind: 'sent' });
    const text = scene.textOf(newest());
    expect(text).toContain('412 tasks wait in lane normal');
    expect(text).toContain('https://hub.example/alerts/QueueWaitHigh');
  });

  it.each(behavioursOf(scene))('understands a provider that %s', async (behaviour) => {
    provider.behave(behaviour);
    const isSlow = behaviour === 'silent' || behaviour === 'hangs';
    const outcome = await send({}, isSlow ? { timeoutMs: 300 } : {});
    const expected = scene.outcomes?.[behaviour] ?? USUAL[behaviour];
    expect(outcome.kind).toBe(expected === 'waits' ? 'retry' : expected);
    if (expected === 'waits') expect(outcome).toMatchObject({ afterMs: 7_000 });
    for (const secret of scene.secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
    if (behaviour === 'redirects') expect(provider.received).toHaveLength(1);
  });

  it('understands that nobody listens', async () => {
    await provider.stop();
    const outcome = await send();
    expect(outcome.kind).toBe('retry');
    for (const secret of scene.secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
    provider = await scene.start();
  });

  it('calls no private address that is not allowed', async () => {
    const http = new GuardedHttp({ env: {}, allowed: [], now: () => NOON });
    const message = outgoingOf(delivery(), undefined, undefined);
    const settings = provider.settings as never;
    const outcome = await kind.send({ message, settings, http, now: NOON, publicUrl: undefined, vapid: VAPID });
    expect(outcome).toMatchObject({ kind: 'refused', why: expect.stringContaining('private address') });
    expect(provider.received).toEqual([]);
  });

  it('keeps one entry for a group, and closes it', async () => {
    const opened = await send({ title: '412 tasks wait' });
    const ref = opened.kind === 'sent' ? (opened.ref ?? '') : '';
    const first = newest();
    expect(scene.isClosing(first)).toBe(false);
    expect(await send({ title: '500 tasks wait' }, { ref })).toMatchObject({ kind: 'sent' });
    const changed = provider.received[1] as Received;
    expect(scene.isSameEntry(first, changed)).toBe(true);
    expect(scene.textOf(changed)).toContain('500 tasks wait');
    const before = provider.received.length;
    expect(await send({ title: 'Resolved: 500 tasks wait', state: 'closed' }, { ref })).toMatchObject({ kind: 'sent' });
    const closed = provider.received[before] as Received;
    expect(scene.isSameEntry(first, closed)).toBe(true);
    expect(scene.isClosing(closed)).toBe(true);
    expect(scene.textOf(closed)).not.toContain('Resolved: Resolved');
  });

  it('cuts texts to what the provider takes', async () => {
    const long = (words: string, length: number) => words.repeat(Math.ceil(length / words.length)).slice(0, length);
    const more: Partial<Notification> = {
      title: long('𝄞 "title" <b>&amp; ', 5_000),
      text: long('text & <more>\n', 200_000),
      next: long('next ', 5_000),
      excerpt: long('excerpt "quoted" ', 200_000),
      group: long('alert:acme:', 600),
      links: Array.from({ length: 50 }, (_, i) => ({ name: long('link | ', 200), path: `/${'x'.repeat(20 * i)}` })),
      subjects: Array.from({ length: 20 }, (_, i) => ({ kind: 'task' as const, id: `t${i}`, name: long('name', 256) })),
    };
    expect(await send(more, { excerpt: true })).toMatchObject({ kind: 'sent' });
    scene.expectFits(newest());
  });

  it('sends text of a task only where that is allowed', async () => {
    const excerpt = 'the prompt of the task';
    await send({ excerpt, severity: 'warn' });
    const { path, headers, body } = newest();
    expect(`${path} ${JSON.stringify(headers)} ${body.toString()} ${scene.textOf(newest())}`).not.toContain(excerpt);
    await send({ excerpt, severity: 'warn' }, { excerpt: true });
    expect(scene.textOf(newest())).toContain(excerpt);
  });

  describe('in the outbox', () => {
    it('gets through once when the provider was down for an hour', async () => {
      const sends = vi.spyOn(kind, 'send');
      const settled = async () => {
        await turn();
        await Promise.allSettled(sends.mock.results.map(({ value }) => value));
        await turn();
      };
      const time = new ManualTime();
      const parts = { records: new MemoryDeliveries(), scheduler: time, now: () => time.wall, http: httpOut(), ports };
      const outbox = new Outbox({ ...parts, onFailed: () => undefined });
      outbox.onLeading();
      provider.behave('broken');
      await outbox.deliver([delivery({ title: 'it was down' })]);
      await time.pass(3_600_000, settled);
      const { items } = outbox.list({ org: 'acme', limit: 1 });
      expect(items[0]?.state).toBe('retrying');
      for (const secret of scene.secrets) expect(JSON.stringify(items)).not.toContain(secret);
      expect(sends.mock.calls.length).toBeLessThan(15);
      const failed = provider.received.length;
      provider.behave('accepts');
      await time.pass(3_600_000, settled);
      expect(outbox.list({ org: 'acme', limit: 1 }).items[0]?.state).toBe('sent');
      expect(provider.received).toHaveLength(failed + 1);
      await outbox.stop();
    });
  });
}

function behavioursOf({ hasRedirects = true }: Scene): Behaviour[] {
  return (Object.keys(USUAL) as Behaviour[]).filter((one) => hasRedirects || one !== 'redirects');
}

/** Those of the example in RFC 8291. */
export const VAPID = {
  publicKey: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
  privateKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  subject: 'mailto:oncall@hub.example',
};

export interface HttpProviderOptions {
  readonly settings: (origin: string) => object;
  /** What it answers to a message that it takes. */
  readonly accept: (received: Received, response: ServerResponse) => void;
  /** For an address that must be https. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly caFile: string };
}

export async function httpProvider({ settings, accept, tls }: HttpProviderOptions): Promise<TestProvider> {
  const received: Received[] = [];
  let behaviour: Behaviour = 'accepts';
  const server = tls === undefined ? createServer() : createTlsServer({ key: tls.key, cert: tls.cert });
  server.on('request', async (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(request, 'end');
    const one: Received = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
    received.push(one);
    if (behaviour === 'accepts') accept(one, response);
    else respond(behaviour, response);
  });
  const port = await listening(server);
  let isStopped = false;
  return {
    settings: settings(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`),
    received,
    behave: (as) => {
      behaviour = as;
    },
    ...(tls !== undefined && { env: { SSL_CERT_FILE: tls.caFile } }),
    stop: async () => {
      if (!isStopped) await stopped(server);
      isStopped = true;
    },
  };
}

function respond(behaviour: Exclude<Behaviour, 'accepts'>, response: ServerResponse): void {
  switch (behaviour) {
    case 'busy':
      response.writeHead(429, { 'retry-after': '7' }).end();
      return;
    case 'broken':
      response.writeHead(503).end('down');
      return;
    case 'silent':
      return;
    case 'hangs':
      response.writeHead(200).write('{');
      return;
    case 'floods': {
      response.writeHead(200);
      const fill = () => {
        while (response.writable && response.write('x'.repeat(16_384)));
      };
      response.on('drain', fill);
      fill();
      return;
    }
    case 'redirects':
      response.writeHead(307, { location: '/elsewhere' }).end();
      return;
    case 'gone':
      response.writeHead(410).end();
  }
}
