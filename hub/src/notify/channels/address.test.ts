import type { ChannelKind } from '@agentcom/schemas';
import { expect, it } from 'vitest';
import { KnownKinds } from './index.js';

const kinds = new KnownKinds();
const PATH = 'services/T000/B000/XXXXsecretXXXXabcd';

it.each<[ChannelKind, string, object]>([
  ['webhook', 'url', {}],
  ['slack', 'url', {}],
  ['slack', 'api', { token: 'xoxb-1', channel: '#a' }],
  ['ntfy', 'server', { topic: 'secret-topic' }],
  ['pagerduty', 'api', { routingKey: 'a'.repeat(32) }],
])('of an address in the settings of %s (%s) only where it leads is shown, and its end', (kind, name, more) => {
  const shown = (url: string) => {
    const valid = kinds.validate(kind, { ...more, [name]: url });
    if (!valid.ok) throw new Error(JSON.stringify(valid));
    const { settings, secrets } = kinds.shown(kind, valid.value);
    expect(JSON.stringify([settings, secrets])).not.toContain('secret');
    return secrets[name];
  };
  expect(shown(`https://hooks.example:8443/${PATH}`)).toBe('https://hooks.example:8443/…abcd');
  expect(shown('https://hooks.example/secret')).toBe('https://hooks.example/…');
  expect(shown('https://hooks.example')).toBe('https://hooks.example');
});

it.each<[ChannelKind, string, object]>([
  ['webhook', 'url', {}],
  ['slack', 'api', { token: 'xoxb-1', channel: '#a' }],
  ['ntfy', 'server', { topic: 't' }],
])('%s takes no address that can never be reached', (kind, name, more) => {
  for (const url of ['https://host:99999/', 'https://300.1.1.1/', 'https://[::zz]/', 'https://', 'ftp://host/'])
    expect(kinds.validate(kind, { ...more, [name]: url })).toMatchObject({
      ok: false,
      details: [{ path: `/${name}` }],
    });
});
