// What the tests of this folder share: notifications, deliveries, records in memory, a way out that answers as it is told.

import type { Cancel, Notification, Scheduler } from '@agentcom/schemas';
import type { HttpOut, OutAnswer, OutFailure, OutRequest } from './http-out.js';
import type { DeliveryRecord, DeliveryRecords } from './outbox/records.js';
import type { Channel, Delivery, NotifyPorts, VapidKeys } from './ports.js';

export const NOON = Date.parse('2026-03-02T12:00:00Z');

export function notification(more: Partial<Notification> = {}): Notification {
  return {
    id: '019522d4-0000-7000-8000-000000000001',
    group: 'alert:acme:QueueWaitHigh',
    org: 'acme',
    kind: 'alert',
    state: 'open',
    severity: 'page',
    rule: 'QueueWaitHigh',
    since: NOON - 60_000,
    at: NOON,
    title: '412 tasks wait in lane normal',
    text: 'Twice as many as the limit of 200.',
    next: 'Run agentcom agents to see who is offline.',
    links: [{ name: 'Open', path: '/alerts/QueueWaitHigh' }],
    subjects: [{ kind: 'lane', id: 'normal', name: 'normal' }],
    count: 1,
    escalation: 0,
    ...more,
  };
}

let made = 0;

export function delivery(more: Partial<Notification> = {}, rest: Partial<Delivery> = {}): Delivery {
  made += 1;
  const told = notification(more);
  return {
    id: `delivery-${made}`,
    channel: 'oncall',
    org: told.org,
    notification: told,
    includeExcerpt: false,
    ...rest,
  };
}

/** Stores copies, and fails when it is told to. */
export class MemoryDeliveries implements DeliveryRecords {
  readonly stored = new Map<string, string>();
  isDown = false;
  /** Stored, and the answer does not come. */
  isLosingAnswers = false;
  /** What storing waits for, by title. */
  readonly gates = new Map<string, Promise<void>>();

  async read(each: (record: DeliveryRecord) => void): Promise<void> {
    if (this.isDown) throw new Error('no responders');
    for (const text of this.stored.values()) each(JSON.parse(text) as DeliveryRecord);
  }

  async put(record: DeliveryRecord): Promise<void> {
    await this.gates.get(record.title);
    if (this.isDown) throw new Error('no responders');
    this.stored.set(`${record.channel}/${record.id}`, JSON.stringify(record));
    if (this.isLosingAnswers) throw new Error('timeout');
  }

  async remove({ channel, id }: Pick<DeliveryRecord, 'id' | 'channel'>): Promise<void> {
    if (this.isDown) throw new Error('no responders');
    this.stored.delete(`${channel}/${id}`);
  }

  state(id: string): string | undefined {
    return [...this.stored.values()].map((text) => JSON.parse(text) as DeliveryRecord).find((one) => one.id === id)
      ?.state;
  }
}

type Answering = (request: OutRequest) => OutAnswer | OutFailure | Promise<OutAnswer | OutFailure>;

/** Remembers what went out. */
export class ScriptedHttp implements HttpOut {
  readonly timeoutMs = 10_000;
  readonly sent: (OutRequest & { readonly json: Record<string, unknown> })[] = [];
  answer: Answering = () => answered(200);

  async send(request: OutRequest): Promise<OutAnswer | OutFailure> {
    this.sent.push({ ...request, json: typeof request.body === 'string' ? JSON.parse(request.body) : {} });
    return this.answer(request);
  }

  async dial(): Promise<OutFailure> {
    return { kind: 'failed', why: 'no mail here', isPassing: true };
  }
}

export function answered(status: number, more: Partial<OutAnswer> = {}): OutAnswer {
  return { kind: 'answered', status, body: '', ...more };
}

export class ManualTime implements Scheduler {
  /** ms since 1970; the scheduler's clock is another one. */
  wall = NOON;
  chance = 0.5;
  #now = 1_000_000;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, run: () => void): Cancel {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs what is due by then; `settled` resolves when what that began has come to its end. */
  async pass(ms: number, settled: () => Promise<void> = turn): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#move(Math.max(this.#now, next.at));
      next.run();
      await settled();
    }
    this.#move(end);
  }

  #move(to: number): void {
    this.wall += to - this.#now;
    this.#now = to;
  }

  #next(end: number): { readonly at: number; readonly run: () => void } | undefined {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Promises of what is in memory are settled by then. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}

export const WEBHOOK_SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes....').toString('base64')}`;

export function webhookChannel(more: Partial<Channel> = {}): Channel {
  const settings = { url: 'https://hooks.example/in', secret: WEBHOOK_SECRET };
  return { kind: 'webhook', name: 'on call', settings, isDisabled: false, ...more };
}

export function ntfyChannel(more: Partial<Channel> = {}): Channel {
  return { kind: 'ntfy', name: 'phone', settings: { topic: 'on-call' }, isDisabled: false, ...more };
}

export class TestPorts implements NotifyPorts {
  readonly channels = new Map<string, Channel>([['oncall', webhookChannel()]]);
  readonly gone: string[] = [];
  keys: VapidKeys | undefined;

  channelOf(id: string): Channel | undefined {
    return this.channels.get(id);
  }

  /** Groups that are. */
  readonly soAgain = new Set<string>();

  isSoAgain({ group }: Notification): boolean {
    return this.soAgain.has(group);
  }

  onChannelGone(channel: string, why: string): void {
    this.gone.push(`${channel}: ${why}`);
  }

  readonly traceparents = new Map<string | undefined, string>();

  traceparentOf({ subjects: [first] }: { readonly subjects: readonly { readonly id: string }[] }): string | undefined {
    return this.traceparents.get(first?.id);
  }

  publicUrl(): string {
    return 'https://hub.example';
  }

  vapid(): VapidKeys | undefined {
    return this.keys;
  }
}
