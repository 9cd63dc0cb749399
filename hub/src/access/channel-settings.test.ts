import { expect, test } from 'vitest';
import { ChannelSettings } from './channel-settings.js';
import { Sealer } from './sealing.js';

test('settings open for their channel alone, and with the key that they were sealed with', () => {
  const settings = new ChannelSettings(new Sealer(Sealer.newKey()));
  const sealed = settings.seal('a', { url: 'https://example.org', secret: 's' });
  expect(sealed).not.toContain('example');
  expect(settings.open('a', sealed)).toEqual({ url: 'https://example.org', secret: 's' });
  expect(settings.open('b', sealed)).toBeUndefined();
  expect(new ChannelSettings(new Sealer(Sealer.newKey())).open('a', sealed)).toBeUndefined();
  expect(settings.openPushKey(settings.sealPushKey('private'))).toBe('private');
  expect(settings.openPushKey(sealed)).toBeUndefined();
});
