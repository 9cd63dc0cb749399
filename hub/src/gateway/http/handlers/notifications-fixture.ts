// The sending side of notifications as handlers see it, under test: one kind of channel, and nothing that is sent.

import type { Validated } from '@agentcom/schemas';
import type {
  ChannelKinds,
  Deliveries,
  Delivery,
  DeliveryStatus,
  FailingChannel,
  SendResult,
} from '../../../notify/ports.js';

/** A webhook with a secret; the settings of everything else are taken as they are. */
export const TEST_KINDS: ChannelKinds = {
  validate: (kind, settings): Validated<object> => {
    const given = settings as Readonly<Record<string, unknown>>;
    if (kind !== 'webhook' || String(given.url).startsWith('https://')) return { ok: true, value: given };
    return { ok: false, code: 'request.invalid', details: [{ path: '/url', message: 'must be an https:// address' }] };
  },
  shown: (kind, settings) => {
    const { secret, url, ...open } = settings as { readonly secret?: string; readonly url?: string };
    if (kind !== 'webhook') return { settings, secrets: {} };
    const secrets = {
      ...(url !== undefined && { url: `${new URL(url).origin}/…` }),
      ...(secret !== undefined && { secret: 'set' }),
    };
    return { settings: open, secrets };
  },
};

export class TestDeliveries implements Pick<Deliveries, 'sendNow' | 'failing' | 'list' | 'replay'> {
  readonly sentNow: Delivery[] = [];
  /** What sending comes to. */
  outcome: Promise<SendResult> = Promise.resolve({ kind: 'sent' });
  /** Newest first. */
  readonly statuses: DeliveryStatus[] = [];

  readonly failures: FailingChannel[] = [];

  failing(): readonly FailingChannel[] {
    return this.failures;
  }

  sendNow(delivery: Delivery): Promise<SendResult> {
    this.sentNow.push(delivery);
    return this.outcome;
  }

  list: Deliveries['list'] = ({ org, channel, state, limit }) => {
    const items = this.statuses.filter(
      (one) => one.org === org && (channel ?? one.channel) === one.channel && (state ?? one.state) === one.state,
    );
    return { items: items.slice(0, limit), nextCursor: null };
  };

  async replay(org: string | undefined, id: string): Promise<boolean> {
    return this.statuses.some((one) => one.org === org && one.id === id && one.state === 'dead');
  }
}
