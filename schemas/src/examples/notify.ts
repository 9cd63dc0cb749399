// Examples of what the routes below `/notifications` take and answer.

import type * as notify from '../notify.js';
import { type Examples, faulty, LATER, NOON, TASK } from './example.js';

const quietHours: notify.QuietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
const channel: notify.NotificationChannel = {
  id: TASK,
  kind: 'webhook',
  name: 'on-call',
  settings: { url: 'https://example.org/…', secret: 'set' },
  quietHours,
  enabled: false,
  disabledWhy: 'the address answered 410',
  failing: { since: NOON, sends: 3, why: 'the server answered 503' },
  createdAt: NOON,
  createdBy: `key:${TASK}`,
};
const delivery: notify.NotificationDelivery = {
  id: `${TASK}:${TASK}`,
  channel: 'on-call',
  group: 'alert:default:NoAgents',
  title: 'No agents are connected',
  state: 'retrying',
  at: NOON,
  attempts: 2,
  why: 'the server answered 503',
  nextAt: LATER,
};
const route: notify.NotificationRoute = {
  match: {
    kind: ['alert'],
    severity: ['page'],
    rule: ['NoAgents'],
    lane: ['urgent'],
    label: ['team=shop'],
    repo: ['*'],
  },
  channels: ['on-call'],
  escalation: ['everybody'],
  excerpts: true,
  digest: false,
  continue: true,
};
const subscription: notify.PushSubscriptionBody = {
  endpoint: 'https://push.example.org/send/1',
  expirationTime: 1,
  keys: { p256dh: 'BAAA', auth: 'AAAA' },
};

function pageOf<Item extends object>(item: Item): Examples<{ items: readonly Item[]; nextCursor: string | null }> {
  return { valid: [{ items: [item], nextCursor: null }], invalid: [{ path: '/items', value: { nextCursor: null } }] };
}

export const notifyExamples = {
  QuietHours: {
    valid: [quietHours],
    invalid: faulty(quietHours, [
      ['/from', { from: '24:00' }],
      ['/to', { to: '7:00' }],
      ['/timeZone', { timeZone: '' }],
    ]),
  } satisfies Examples<notify.QuietHours>,
  NotificationChannelBody: {
    valid: [{ kind: 'webhook', name: 'on-call', settings: { url: 'https://example.org/hook' }, quietHours }],
    invalid: faulty({ kind: 'webhook', name: 'on-call', settings: {} }, [
      ['/kind', { kind: 'pigeon' }],
      ['/name', { name: 'On call' }],
      ['/settings', { settings: undefined }],
      ['/quietHours/from', { quietHours: { ...quietHours, from: 'ten' } }],
    ]),
  } satisfies Examples<notify.NotificationChannelBody>,
  NotificationChannelPatch: {
    valid: [{}, { name: 'night', settings: { secret: null }, quietHours: null, enabled: true }, { quietHours }],
    invalid: faulty({}, [
      ['/kind', { kind: 'slack' }],
      ['/enabled', { enabled: 'yes' }],
    ]),
  } satisfies Examples<notify.NotificationChannelPatch>,
  NotificationChannel: {
    valid: [channel],
    invalid: faulty(channel, [['/id', { id: undefined }]]),
  } satisfies Examples<notify.NotificationChannel>,
  NotificationChannelPage: pageOf(channel) satisfies Examples<notify.NotificationChannelPage>,
  NotificationChannelQuery: {
    valid: [{}, { limit: 1, cursor: 'on-call' }],
    invalid: faulty({}, [['/cursor', { cursor: 'On call' }]]),
  } satisfies Examples<notify.NotificationChannelQuery>,
  TestSend: {
    valid: [{ sent: true }, { sent: false, why: 'the server answered 404' }],
    invalid: [{ path: '/sent', value: {} }],
  } satisfies Examples<notify.TestSend>,
  DeliveryListQuery: {
    valid: [{}, { limit: 1, cursor: 'x.1', channel: 'on-call', state: 'dead' }],
    invalid: faulty({}, [
      ['/state', { state: 'lost' }],
      ['/cursor', { cursor: '' }],
    ]),
  } satisfies Examples<notify.DeliveryListQuery>,
  NotificationDelivery: {
    valid: [delivery],
    invalid: faulty(delivery, [['/state', { state: 'lost' }]]),
  } satisfies Examples<notify.NotificationDelivery>,
  NotificationDeliveryPage: pageOf(delivery) satisfies Examples<notify.NotificationDeliveryPage>,
  RouteMatch: {
    valid: [{}, route.match],
    invalid: faulty({}, [
      ['/severity/0', { severity: ['loud'] }],
      ['/kind', { kind: [] }],
      ['/rule/0', { rule: ['No agents'] }],
      ['/label/0', { label: ['=shop'] }],
    ]),
  } satisfies Examples<notify.RouteMatch>,
  NotificationRoute: {
    valid: [{ match: {}, channels: ['on-call'] }, route],
    invalid: faulty(route, [
      ['/channels', { channels: [] }],
      ['/match', { match: undefined }],
      ['/escalation/0', { escalation: ['On call'] }],
    ]),
  } satisfies Examples<notify.NotificationRoute>,
  NotificationRoutes: {
    valid: [{ routes: [route] }, { routes: [] }],
    invalid: [
      { path: '/routes', value: {} },
      { path: '/routes/0/channels', value: { routes: [{ match: {} }] } },
    ],
  } satisfies Examples<notify.NotificationRoutes>,
  PushKey: {
    valid: [{ publicKey: 'BAAA' }],
    invalid: [{ path: '/publicKey', value: {} }],
  } satisfies Examples<notify.PushKey>,
  PushSubscriptionBody: {
    valid: [subscription, { endpoint: subscription.endpoint, keys: subscription.keys }],
    invalid: faulty(subscription, [
      ['/endpoint', { endpoint: 'http://push.example.org/send/1' }],
      ['/keys/auth', { keys: { p256dh: 'BAAA' } }],
    ]),
  } satisfies Examples<notify.PushSubscriptionBody>,
  PushSubscription: {
    valid: [{ id: TASK, createdAt: NOON }],
    invalid: [{ path: '/id', value: { createdAt: NOON } }],
  } satisfies Examples<notify.PushSubscription>,
};
