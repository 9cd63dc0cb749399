import { CHANNEL_FIELDS } from '@agentcom/schemas/channel-fields';
import { expect, test } from 'vitest';
import { ApiError } from '../../api/problem.js';
import { byChannelField, byRouteField, quietOf, routeOf, settingsOf } from './notification-forms.js';

test('settings are typed as the kind has them', () => {
  const typed = { 'setting:host': 'mail.example.org', 'setting:port': '465', 'setting:to': 'a@x.org, b@x.org' };
  expect(settingsOf(CHANNEL_FIELDS.mail, typed)).toEqual({
    host: 'mail.example.org',
    port: 465,
    to: ['a@x.org', 'b@x.org'],
  });
  expect(() => settingsOf(CHANNEL_FIELDS.mail, { 'setting:port': 'x' })).toThrow('must be a whole number');
});

test('of a channel only what was changed is sent: a secret stays, and what was emptied goes', () => {
  const before = {
    host: 'mail.example.org',
    port: 465,
    user: 'hub',
    password: 'set',
    from: 'h@x.org',
    to: ['a@x.org'],
  };
  const typed = {
    'setting:host': 'mail.example.org',
    'setting:user': 'hub',
    'setting:from': 'h@x.org',
    'setting:to': 'b@x.org',
  };
  expect(settingsOf(CHANNEL_FIELDS.mail, typed, before)).toEqual({ port: null, to: ['b@x.org'] });
});

test('quiet hours are all three or none', () => {
  expect(quietOf({})).toBeUndefined();
  expect(quietOf({ from: '22:00' })).toEqual({ from: '22:00', to: '', timeZone: '' });
});

test('a route holds only what was given', () => {
  expect(routeOf({ channels: 'on-call', severity: 'page, warn', 'flag.continue': 'yes' })).toEqual({
    match: { severity: ['page', 'warn'] },
    channels: ['on-call'],
    continue: true,
  });
});

test('what the hub says stands beside the field', () => {
  const channel = new Map([
    ['/settings/url', 'a'],
    ['/quietHours/from', 'b'],
    ['/name', 'c'],
  ]);
  const error = (fields: ReadonlyMap<string, string>) => new ApiError('request.invalid', 400, 'no', fields);
  expect([...byChannelField(error(channel)).fields.keys()]).toEqual(['/setting:url', '/from', '/name']);
  const route = new Map([
    ['/routes/2/match/severity/0', 'a'],
    ['/routes/2/channels/1', 'b'],
  ]);
  expect([...byRouteField(error(route)).fields.keys()]).toEqual(['/severity', '/channels']);
});
