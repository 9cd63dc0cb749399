// Browsers that are told of tasks, and the keys by which push services know the hub.

import { LIMITS } from '@agentcom/schemas';
import type { DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';

export const subscriptionDecisions: DecisionTable<
  'push.subscribe' | 'push.unsubscribe' | 'push.ensure_keys' | 'notification.queue'
> = {
  'push.subscribe': (decision, { type: _type, ...made }) => {
    const { org, by, digest } = made;
    const own = decision.state.notify.orgs.get(org)?.subscriptions.get(by) ?? [];
    const same = own.find((one) => one.digest === digest);
    const [oldest] = own.length >= LIMITS.pushSubscriptions ? own : [];
    const gone = same ?? oldest;
    if (gone !== undefined)
      decision.emit({ type: 'push.unsubscribed', org, subscription: gone.id, why: 'replaced by a newer one' });
    decision.emit({ type: 'push.subscribed', ...made });
    return { subscription: made.subscription };
  },

  'push.unsubscribe': (decision, { org, by, subscription: id }) => {
    const subscription = decision.state.notify.subscriptions.get(id);
    if (subscription === undefined || subscription.org !== org || subscription.by !== by)
      return new Refusal('notification.subscription_not_found', `push subscription ${id} not found`);
    decision.emit({ type: 'push.unsubscribed', org, subscription: id, why: 'unsubscribed' });
    return {};
  },

  'push.ensure_keys': (decision, { publicKey, privateKey }) => {
    const { pushKeys } = decision.state.notify;
    if (pushKeys !== undefined) return { publicKey: pushKeys.publicKey };
    decision.emit({ type: 'push.keys_created', publicKey, privateKey });
    return { publicKey };
  },

  'notification.queue': (decision, { ids }) => {
    const { pending } = decision.state.notify;
    const queued = ids.filter((id) => pending.has(id));
    if (queued.length > 0) decision.emit({ type: 'notification.queued', ids: queued });
    return {};
  },
};
