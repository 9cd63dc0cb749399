// Channels and notifications under test.

import type { Notification } from '@agentcom/schemas';
import { type Bench, ORG } from '../fixture.js';
import type { NamedRoute } from './commands.js';

export const BY = 'person:ada';

/** Its id is its name with `c-` before it. */
export function addChannel(bench: Bench, name: string, org = ORG): void {
  bench.take({
    type: 'notify.create_channel',
    org,
    by: BY,
    channel: `c-${name}`,
    kind: 'webhook',
    name,
    settings: `sealed ${name}`,
  });
}

export function setRoutes(bench: Bench, ...routes: readonly NamedRoute[]): void {
  bench.take({ type: 'notify.set_routes', org: ORG, by: BY, routes });
}

/** The browser of a key that there is. */
export function subscribe(bench: Bench, name: string, org = ORG): string {
  const { key } = bench.take({
    type: 'key.create',
    org,
    by: BY,
    role: 'developer',
    name,
    hash: `hash of ${name}`,
  }).reply;
  const by = `key:${key}`;
  bench.take({
    type: 'push.subscribe',
    org,
    by,
    subscription: `s-${name}`,
    digest: `digest of ${name}`,
    settings: 'sealed',
  });
  return by;
}

export function alertOf(id: string, more: Partial<Notification> = {}): Notification {
  return {
    id,
    group: `alert:${ORG}:${id}`,
    org: ORG,
    kind: 'alert',
    state: 'open',
    severity: 'page',
    rule: 'NoAgents',
    since: 1,
    at: 2,
    title: 'No agents',
    text: 'None of 3 agents is connected.',
    links: [],
    subjects: [],
    count: 1,
    escalation: 0,
    ...more,
  };
}
