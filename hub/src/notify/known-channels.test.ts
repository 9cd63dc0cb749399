// What the sending side learns of channels, and tells of those that are gone.

import { expect, test } from 'vitest';
import { AlertBench } from '../core/alert/fixture.js';
import { Bench, ORG, submission } from '../core/fixture.js';
import { addChannel, subscribe } from '../core/notify/fixture.js';
import { knownChannels } from './known-channels.js';
import { notification } from './testing.js';

function known(bench: Bench) {
  return knownChannels({
    state: () => bench.state,
    execute: async (command) => bench.take(command),
    settings: {
      open: (channel, sealed) => (sealed === 'lost' ? undefined : { channel, sealed }),
      openPushKey: (sealed) => (sealed === 'lost' ? undefined : `open ${sealed}`),
    },
    publicUrl: () => 'https://hub.example.org',
    contact: 'mailto:ops@example.org',
  });
}

test('channels and browsers come with their settings in clear', () => {
  const bench = new Bench();
  addChannel(bench, 'phone');
  subscribe(bench, 'ada');
  const { channelOf } = known(bench);
  expect(channelOf('c-phone')).toEqual({
    kind: 'webhook',
    name: 'phone',
    settings: { channel: 'c-phone', sealed: 'sealed phone' },
    isDisabled: false,
  });
  expect(channelOf('s-ada')).toEqual({
    kind: 'push',
    name: 'push',
    settings: { channel: 's-ada', sealed: 'sealed' },
    isDisabled: false,
  });
  expect(channelOf('nobody')).toBeUndefined();
});

test('what is gone is disabled, or forgotten, and what cannot be opened counts as disabled', () => {
  const bench = new Bench();
  addChannel(bench, 'phone');
  addChannel(bench, 'mail');
  subscribe(bench, 'ada');
  const { channelOf, onChannelGone } = known(bench);
  onChannelGone('c-phone', '410');
  onChannelGone('s-ada', '410');
  expect([channelOf('c-phone')?.isDisabled, channelOf('s-ada')]).toEqual([true, undefined]);
  const settings = { from: 'sealed mail', to: 'lost' };
  bench.take({ type: 'notify.change_channel', org: ORG, by: 'x', channel: 'c-mail', settings });
  expect(channelOf('c-mail')).toMatchObject({ settings: {}, isDisabled: true });
});

test('what is sent of a task lies under its span, where it is traced', () => {
  const bench = new Bench();
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const about = (id: string) => ({ kind: 'dead' as const, subjects: [{ kind: 'task' as const, id, name: id }] });
  const traced = about(bench.take({ ...submission(), traceparent }).reply.task);
  const { traceparentOf } = known(bench);
  expect(traceparentOf(traced)).toBe(traceparent);
  expect(traceparentOf(about(bench.submit()))).toBeUndefined();
  expect(traceparentOf(about('gone'))).toBeUndefined();
  expect(traceparentOf({ ...traced, kind: 'alert' })).toBeUndefined();
});

test('the keys of push are there once they were made and while they can be opened', () => {
  const bench = new Bench();
  const { vapid } = known(bench);
  expect(vapid()).toBeUndefined();
  bench.take({ type: 'push.ensure_keys', publicKey: 'p', privateKey: 's' });
  expect(vapid()).toEqual({ publicKey: 'p', privateKey: 'open s', subject: 'mailto:ops@example.org' });
});

test('what is over is so again once its alert fires', () => {
  const alerts = new AlertBench();
  const { isSoAgain } = known(alerts.bench);
  const closing = notification({ org: ORG, rule: 'TaskStuck', state: 'closed' });
  expect(isSoAgain(closing)).toBe(false);
  alerts.firing({ rule: 'TaskStuck' });
  expect(isSoAgain(closing)).toBe(true);
  expect(isSoAgain({ ...closing, org: 'other' })).toBe(false);
});
