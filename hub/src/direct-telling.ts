// Sends straight to channels, past the outbox, with a few tries: for what cannot wait for anything to be stored.

import { backoffMs, type Log, type Notification, pause, type Scheduler } from '@agentcom/schemas';
import type { State } from './core/state.js';
import { deliveriesOf } from './notify/deliveries.js';
import type { Deliveries, Delivery } from './notify/ports.js';

const TRIES = 6;
/** A page that comes a minute late is worth more than none. */
const AGAIN = { baseMs: 2_000, capMs: 30_000 };

export interface DirectTellingParts {
  readonly state: () => State;
  readonly outbox: Pick<Deliveries, 'sendNow'>;
  readonly scheduler: Scheduler;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** Ends the tries. */
  readonly signal: AbortSignal;
  /** The newest of each group: an older one is not tried again, so that nothing says that it is over when it is so again. */
  readonly newest: Map<string, string>;
}

/** To everybody whom the routes name. Never rejects. */
export async function tellDirectly(notification: Notification, parts: DirectTellingParts): Promise<void> {
  const { id, group, rule, state, text } = notification;
  parts.newest.set(group, id);
  const deliveries = deliveriesOf(notification, parts.state());
  const whom = deliveries.length === 0 ? '; no channel is set up, so nobody was told' : '';
  parts.log[state === 'open' ? 'error' : 'warn'](
    { rule, state, text },
    `an alert that cannot wait for the journal${whom}`,
  );
  await Promise.all(deliveries.map((delivery) => send(delivery, parts)));
}

async function send(delivery: Delivery, parts: DirectTellingParts): Promise<void> {
  const { outbox, scheduler, log, signal, newest } = parts;
  const { channel, notification } = delivery;
  for (let tries = 1; ; tries++) {
    const result = await outbox.sendNow(delivery);
    if (result.kind === 'sent') return;
    const isLast = tries === TRIES || signal.aborted;
    log.error(
      { channel, rule: notification.rule, why: result.why },
      isLast ? 'nobody could be told of an alert by this channel' : 'a channel did not take an alert; retrying',
    );
    if (isLast) return;
    await pause(scheduler, backoffMs(AGAIN, tries), signal);
    if (newest.get(notification.group) !== notification.id) return;
  }
}
