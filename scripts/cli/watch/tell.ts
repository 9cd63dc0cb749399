// The channels of `agentcom watch`: those of the hub, with nothing of the hub's between. Whoever starts it names the addresses, so they may be private.

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ChannelKind, Notification } from '@agentcom/schemas';
import { CommandError, EXIT, messageOf, usageError } from '../exit.js';
import { duration } from '../text.js';
import type { World } from '../world.js';
import type { Report } from './watching.js';

export interface ChannelFlags {
  readonly webhook?: string;
  readonly webhookSecretFile?: string;
  readonly ntfy?: string;
  readonly ntfyTokenFile?: string;
}

export interface Told {
  readonly channel: ChannelKind;
  /** Absent when it was told. */
  readonly failed?: string;
}

export type Tell = (report: Report, hub: string) => Promise<readonly Told[]>;

/** What is not given is taken from `AGENTCOM_WATCH_*` variables. Refused with 64 where something cannot be used. */
export async function openTell(world: World, flags: ChannelFlags): Promise<Tell> {
  const { env } = world;
  const webhook = flags.webhook ?? env.AGENTCOM_WATCH_WEBHOOK;
  const ntfy = flags.ntfy ?? env.AGENTCOM_WATCH_NTFY;
  const secret = await secretFrom(world, flags.webhookSecretFile, env.AGENTCOM_WATCH_WEBHOOK_SECRET);
  const token = await secretFrom(world, flags.ntfyTokenFile, env.AGENTCOM_WATCH_NTFY_TOKEN);
  const [{ channelKinds, KnownKinds }, { GuardedHttp }] = await Promise.all([
    import('@agentcom/hub/notify/channels/index'),
    import('@agentcom/hub/notify/http-out'),
  ]);
  const given: { readonly kind: ChannelKind; readonly settings: object }[] = [
    ...(webhook === undefined
      ? []
      : [{ kind: 'webhook' as const, settings: { url: webhook, ...(secret !== undefined && { secret }) } }]),
    ...(ntfy === undefined
      ? []
      : [{ kind: 'ntfy' as const, settings: { ...topicOf(ntfy), ...(token !== undefined && { token }) } }]),
  ];
  if (given.length === 0)
    throw usageError('nobody would be told', 'Give --webhook or --ntfy, or look once with --once.');
  const kinds = new KnownKinds();
  for (const { kind, settings } of given) {
    const validated = kinds.validate(kind, settings);
    if (!validated.ok)
      throw usageError(
        `--${kind}: ${validated.details.map(({ path, message }) => `${path.slice(1)} ${message}`).join('; ')}`,
      );
  }
  const http = new GuardedHttp({ env, allowed: ['0.0.0.0/0', '::/0'], now: world.now });
  return (report, hub) =>
    Promise.all(
      given.map(async ({ kind, settings }) => {
        const notification = notificationOf(report, hub, world.now());
        const { links: _links, ...shown } = notification;
        const message = {
          id: notification.id,
          notification: shown,
          excerpt: undefined,
          links: [{ name: 'Hub', url: hub }],
          ref: undefined,
        };
        const sending = {
          message,
          settings: settings as never,
          http,
          now: world.now(),
          publicUrl: hub,
          vapid: undefined,
        };
        const outcome = await channelKinds[kind].send(sending);
        return { channel: kind, ...(outcome.kind !== 'sent' && { failed: outcome.why }) };
      }),
    );
}

async function secretFrom(
  { cwd }: World,
  file: string | undefined,
  given: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return given;
  try {
    return (await readFile(resolve(cwd, file), 'utf8')).trim();
  } catch (error) {
    throw new CommandError(EXIT.usage, 'settings.unreadable', `${file} cannot be read: ${messageOf(error)}`);
  }
}

/** The last part of the address is the topic. */
function topicOf(address: string): { readonly server: string; readonly topic: string } {
  const at = address.lastIndexOf('/');
  return { server: address.slice(0, at), topic: address.slice(at + 1) };
}

function notificationOf({ state, since, why }: Report, hub: string, at: number): Notification {
  const isDown = state === 'down';
  return {
    id: randomUUID(),
    group: 'alert::HubDown',
    org: undefined,
    kind: 'alert',
    state: isDown ? 'open' : 'closed',
    severity: 'page',
    rule: 'HubDown',
    since,
    at,
    title: isDown ? `HubDown: ${hub}` : `Resolved: HubDown: ${hub}`,
    text: isDown ? `The hub has been down for ${duration(at - since)}: ${why}.` : `It lasted ${duration(at - since)}.`,
    ...(isDown && {
      next: 'See what it says of itself: `agentcom status`, and its log. Runbook: `agentcom explain NoLeader`.',
    }),
    links: [],
    subjects: [],
    count: 1,
    escalation: 0,
  };
}
