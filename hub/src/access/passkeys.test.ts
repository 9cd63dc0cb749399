import { expect, test } from 'vitest';
import type { Person } from '../core/access/access.js';
import { Authenticator, type Challenge } from './fixture.js';
import { Passkeys } from './passkeys.js';
import { Sealer } from './sealing.js';

const ada: Person = { id: 'ada', email: 'ada@example.org', name: 'Ada', createdAt: 0 };
const HUB = 'http://localhost:7700';
const nonsense = { id: 'x', clientDataJSON: 'x', attestationObject: 'x' };

test('a passkey belongs to the host of the hub, and knows those that there are', async () => {
  const passkeys = new Passkeys(new Sealer(Sealer.newKey()), () => 0);
  const known = { id: '1', credential: 'abcd', publicKey: '', name: 'phone', createdAt: 0, counter: 0 };
  const { options } = await passkeys.toCreate('https://hub.example.com:7700', { ...ada, passkeys: [known] });
  expect(options).toMatchObject({
    rp: { id: 'hub.example.com' },
    excludeCredentials: [{ id: 'abcd' }],
    timeout: 300_000,
  });
});

test('an answer that cannot be read is refused like any other', async () => {
  const passkeys = new Passkeys(new Sealer(Sealer.newKey()), () => 0);
  const { flow } = await passkeys.toCreate(HUB, ada);
  const refused = { code: 'auth.passkey_refused' };
  expect(await passkeys.created(HUB, flow, 'ada', nonsense)).toMatchObject(refused);
  expect(await passkeys.created(HUB, 'nothing', 'ada', nonsense)).toMatchObject(refused);
  expect(await passkeys.created(HUB, undefined, 'ada', nonsense)).toMatchObject(refused);
});

test('an answer has five minutes', async () => {
  let now = 0;
  const passkeys = new Passkeys(new Sealer(Sealer.newKey()), () => now);
  const authenticator = Object.assign(new Authenticator(), { origin: HUB });
  const asked = async () => {
    const { options, flow } = await passkeys.toCreate(HUB, ada);
    return { flow, answer: authenticator.create({ publicKey: options as Challenge['publicKey'] }) };
  };
  const [late, inTime] = [await asked(), await asked()];
  now = 299_999;
  expect(await passkeys.created(HUB, inTime.flow, 'ada', inTime.answer)).toMatchObject({ counter: 0 });
  now = 300_000;
  expect(await passkeys.created(HUB, late.flow, 'ada', late.answer)).toMatchObject({ code: 'auth.passkey_refused' });
});

test('an answer that comes twice at the same time is good once', async () => {
  const passkeys = new Passkeys(new Sealer(Sealer.newKey()), () => 0);
  const authenticator = Object.assign(new Authenticator(), { origin: HUB });
  const made = await passkeys.toCreate(HUB, ada);
  const answer = authenticator.create({ publicKey: made.options as Challenge['publicKey'] });
  const kept = await passkeys.created(HUB, made.flow, 'ada', answer);
  if (!('credential' in kept)) throw new Error(kept.code);
  const passkey = { ...kept, id: '1', name: 'phone', createdAt: 0 };
  const { options, flow } = await passkeys.toSignIn(HUB);
  const used = authenticator.get({ publicKey: options as Challenge['publicKey'] });
  const both = await Promise.all([1, 2].map(() => passkeys.used(HUB, flow, 'ada', passkey, used)));
  expect(both.filter((counter) => counter === 0)).toHaveLength(1);
});
