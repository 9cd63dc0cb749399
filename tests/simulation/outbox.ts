// The outbox of notifications: it keeps what it is given, each id once, and may be slow, silent or away.

import type { Delivery } from '@agentcom/hub/notify/ports';
import { toldIsStored } from './promises.js';
import type { World } from './world.js';

const TIMEOUT_MS = 2_000;

export class SimOutbox {
  /** Ids of the notifications that it has. */
  readonly kept = new Set<string>();

  constructor(private readonly world: World) {}

  /** `done` hears that they are durable, `failed` that it is not known. */
  deliver(deliveries: readonly Delivery[], done: () => void, failed: () => void): void {
    const { random, schedule, weather, mutation, ledger, check } = this.world;
    const isLost = random.chance(weather.outboxLost);
    const isUnanswered = random.chance(weather.outboxLost);
    const ids = deliveries.map(({ notification }) => notification.id);
    if (isLost) return schedule.after(TIMEOUT_MS, failed);
    schedule.after(random.between(0, 50), () => {
      for (const id of ids) {
        check(() => toldIsStored(ledger, id));
        if (mutation.forgetsNotifications !== true) this.kept.add(id);
      }
      if (isUnanswered) schedule.after(TIMEOUT_MS, failed);
      else done();
    });
  }
}
