// The routes about channels: their settings are checked by their kind, sealed before they go on, and never given back with a secret in them.

import type {
  NotificationChannel as ChannelView,
  ErrorDetail,
  Notification,
  QuietHours,
  Scheduler,
  TestSend,
} from '@agentcom/schemas';
import type { ChannelSettings } from '../../../access/channel-settings.js';
import type { View } from '../../../access/view.js';
import { HUB_ORG } from '../../../core/access/access.js';
import { iso } from '../../../core/iso.js';
import type { NotificationChannel } from '../../../core/notify/notify.js';
import { Refusal } from '../../../core/refusal.js';
import type { ChannelKinds, Deliveries, FailingChannel } from '../../../notify/ports.js';
import type { Handlers } from '../handler.js';
import { pageOf } from '../paging.js';

const TEST_MS = 10_000;
const OTHER_KEY = "its settings were sealed with another secret key: put back the hub's secret.key, or set them again";

type ChannelHandlers = Pick<
  Handlers,
  'notify.list' | 'notify.create' | 'notify.change' | 'notify.remove' | 'notify.test'
>;

export interface ChannelParts {
  readonly kinds: ChannelKinds;
  readonly deliveries: Pick<Deliveries, 'sendNow' | 'failing'>;
  readonly settings: ChannelSettings;
  readonly scheduler: Pick<Scheduler, 'after'>;
  readonly newId: () => string;
  readonly now: () => number;
}

type Settings = Readonly<Record<string, unknown>>;

/** Settings that say where it sends. */
const DESTINATIONS: readonly string[] = ['url', 'api', 'server', 'host', 'port', 'security', 'region'];

export function channelHandlers(parts: ChannelParts): ChannelHandlers {
  const { kinds, settings: sealed, newId, now, deliveries } = parts;

  const show = (channel: NotificationChannel): ChannelView => {
    const failing = deliveries.failing().find((one) => one.channel === channel.id);
    const { id, kind, name, quietHours, disabled, by, createdAt } = channel;
    const opened = sealed.open(id, channel.settings);
    const shown = opened && kinds.shown(kind, opened);
    const why = disabled ?? (opened === undefined ? OTHER_KEY : undefined);
    return {
      id,
      kind,
      name,
      settings: { ...shown?.settings, ...shown?.secrets },
      ...(quietHours !== undefined && { quietHours }),
      enabled: why === undefined,
      ...(why !== undefined && { disabledWhy: why }),
      ...(failing !== undefined && { failing: failingView(failing) }),
      createdAt: iso(createdAt),
      createdBy: by,
    };
  };

  /** The new settings with what they leave as it was: a secret is left by what is shown of it. Secrets go to no other address than the one that they were given for. */
  const merged = (channel: NotificationChannel, patch: Settings): Settings | Refusal => {
    const before = sealed.open(channel.id, channel.settings) ?? {};
    const { secrets } = kinds.shown(channel.kind, before);
    const changes = Object.entries(patch).filter(([name, value]) => value !== secrets[name]);
    const given = new Set(changes.map(([name]) => name));
    const all: Settings = { ...before, ...Object.fromEntries(changes) };
    const isElsewhere = DESTINATIONS.some((name) => all[name] !== (before as Settings)[name]);
    const kept = Object.keys(secrets).filter((name) => !DESTINATIONS.includes(name) && !given.has(name));
    if (isElsewhere && kept.length > 0) {
      const details = kept.map((name) => ({
        path: `/settings/${name}`,
        message: 'must be given again for another address',
      }));
      return new Refusal(
        'request.invalid',
        'secrets are not sent to another address than the one they were given for',
        details,
      );
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  };

  const checked = (org: string, kind: NotificationChannel['kind'], settings: Settings): object | Refusal => {
    const valid = kinds.validate(kind, settings);
    if (valid.ok) return refusePrivate(org, valid.value) ?? valid.value;
    const details = valid.details.map(({ path, message }) => ({ path: `/settings${path}`, message }));
    return new Refusal('request.invalid', `the settings are not those of a channel of kind ${kind}`, details);
  };

  return {
    'notify.list': async ({ query, read }) => {
      const body = await read((view) => {
        const channels = [...(view.notify?.channels.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
        return pageOf(channels, query, ({ name }) => name, show);
      });
      return body instanceof Refusal ? body : { body };
    },

    'notify.create': async ({ caller: { org, by }, body, execute, read, note }) => {
      const { kind, name, quietHours } = body;
      const settings = checked(org, kind, body.settings);
      const refused = settings instanceof Refusal ? settings : refuseQuietHours(quietHours);
      if (refused !== undefined) return refused;
      const channel = newId();
      note({ target: channel });
      const made = await execute({
        type: 'notify.create_channel',
        org,
        by,
        channel,
        kind,
        name,
        settings: sealed.seal(channel, settings),
        ...(quietHours !== undefined && { quietHours }),
      });
      return made instanceof Refusal ? made : shown(read, channel, show);
    },

    'notify.change': async ({ caller: { org, by }, path, body, execute, read }) => {
      const { settings: patch, quietHours, ...rest } = body;
      const channel = await found(read, path.id);
      const refused = refuseQuietHours(quietHours);
      if (channel instanceof Refusal || refused !== undefined) return refused ?? (channel as Refusal);
      const all = patch && merged(channel, patch);
      const next = all instanceof Refusal ? all : all && checked(org, channel.kind, all);
      if (next instanceof Refusal) return next;
      const changed = await execute({
        type: 'notify.change_channel',
        org,
        by,
        channel: channel.id,
        ...rest,
        ...(quietHours !== undefined && { quietHours }),
        ...(next !== undefined && { settings: { from: channel.settings, to: sealed.seal(channel.id, next) } }),
      });
      return changed instanceof Refusal ? changed : shown(read, channel.id, show);
    },

    'notify.remove': async ({ caller: { org, by }, path, execute }) => {
      const removed = await execute({ type: 'notify.remove_channel', org, by, channel: path.id });
      return removed instanceof Refusal ? removed : {};
    },

    'notify.test': async ({ caller, path, read }) => {
      const channel = await found(read, path.id);
      if (channel instanceof Refusal) return channel;
      const notification = testOf(channel, caller.name, newId(), now());
      const { id, org } = channel;
      const delivery = { id: `${notification.id}:${id}`, channel: id, org, notification, includeExcerpt: false };
      return { body: await sent(parts, delivery) };
    },
  };
}

function failingView({ since, failures, why }: FailingChannel): NonNullable<ChannelView['failing']> {
  return { since: iso(since), sends: failures, ...(why !== undefined && { why }) };
}

type Read = <T>(look: (view: View) => T) => Promise<T | Refusal>;

async function found(read: Read, id: string): Promise<NotificationChannel | Refusal> {
  // It may be changed by the time that this is looked at.
  const channel = await read((view) => view.notify?.channels.get(id) && { ...view.notify.channels.get(id) });
  if (channel === undefined) return new Refusal('notification.channel_not_found', `channel ${id} not found`);
  return channel as NotificationChannel | Refusal;
}

async function shown(read: Read, id: string, show: (channel: NotificationChannel) => ChannelView) {
  const channel = await found(read, id);
  return channel instanceof Refusal ? channel : { body: show(channel) };
}

/** What is near the hub belongs to those who run it. */
function refusePrivate(org: string, settings: object): Refusal | undefined {
  if (org === HUB_ORG || !('allowPrivate' in settings) || settings.allowPrivate !== true) return undefined;
  const detail = { path: '/settings/allowPrivate', message: 'is for the organisation that runs the hub' };
  return new Refusal('auth.forbidden', 'only those who run the hub may have it call private addresses', [detail]);
}

function refuseQuietHours(hours: QuietHours | null | undefined): Refusal | undefined {
  if (hours == null) return undefined;
  if (hours.from !== hours.to) return refuseZone(hours.timeZone);
  const detail: ErrorDetail = { path: '/quietHours/to', message: 'must be another time than from: these are no hours' };
  return new Refusal('request.invalid', 'quiet hours need a beginning and an end', [detail]);
}

function refuseZone(timeZone: string): Refusal | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return undefined;
  } catch {
    const detail: ErrorDetail = { path: '/quietHours/timeZone', message: 'must be a time zone such as Europe/Berlin' };
    return new Refusal('request.invalid', 'unknown time zone', [detail]);
  }
}

function testOf({ id, org, name }: NotificationChannel, tester: string, test: string, at: number): Notification {
  return {
    id: test,
    group: `test:${id}`,
    org,
    kind: 'alert',
    state: 'open',
    severity: 'info',
    since: at,
    at,
    title: 'Test message from AgentCom',
    text: `${tester} tests the channel ${name}. Nothing is wrong.`,
    links: [],
    subjects: [{ kind: 'channel', id, name }],
    count: 1,
    escalation: 0,
  };
}

/** Within a time that whoever waits for it will wait. */
function sent(
  { deliveries, scheduler }: Pick<ChannelParts, 'deliveries' | 'scheduler'>,
  delivery: Parameters<Deliveries['sendNow']>[0],
): Promise<TestSend> {
  return new Promise((resolve) => {
    const cancel = scheduler.after(TEST_MS, () => resolve({ sent: false, why: 'no answer within 10 s' }));
    void deliveries.sendNow(delivery).then((result) => {
      cancel();
      resolve(result.kind === 'sent' ? { sent: true } : { sent: false, why: result.why });
    });
  });
}
