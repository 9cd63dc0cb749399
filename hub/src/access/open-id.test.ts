import { expect, test } from 'vitest';
import { identityOf, OpenId, type OpenIdSettings } from './open-id.js';
import { Sealer } from './sealing.js';

const settings: OpenIdSettings = {
  issuer: 'https://id.example.org',
  clientId: 'hub',
  clientSecret: undefined,
  domains: [],
  org: 'default',
  role: undefined,
  roleClaim: undefined,
};
const claims = { sub: 'a', email: 'Ada@Example.org', email_verified: true, name: 'Ada\u0007 ' };

test('only an address counts that the provider has verified', () => {
  expect(identityOf(settings, claims)).toEqual({
    issuer: settings.issuer,
    subject: 'a',
    email: 'ada@example.org',
    name: 'Ada',
    org: 'default',
  });
  for (const other of [
    { email_verified: false },
    { email_verified: 'true' },
    { email_verified: undefined },
    { email: 1 },
  ])
    expect(identityOf(settings, { ...claims, ...other })).toMatchObject({ code: 'oidc.email_refused' });
  expect(identityOf(settings, { ...claims, sub: '' })).toMatchObject({ code: 'oidc.refused' });
  expect(identityOf(settings, { ...claims, name: undefined })).toMatchObject({ name: 'ada' });
});

test.each([
  ['ada@example.org', true],
  ['ada@EXAMPLE.ORG', true],
  ['ada@sub.example.org', false],
  ['ada@example.org.evil.test', false],
  ['ada@evil-example.org', false],
])('of the domains that may come in, %s is one: %s', (email, isOne) => {
  const found = identityOf({ ...settings, domains: ['Example.org'] }, { ...claims, email });
  expect('email' in found).toBe(isOne);
});

test.each([
  ['viewer', { role: 'viewer', claimed: 'viewer' }],
  [['staff', 'viewer', 'admin'], { role: 'admin', claimed: 'admin' }],
  [['staff'], { role: 'submitter' }],
  ['agent', { role: 'submitter' }],
  [{ admin: true }, { role: 'submitter' }],
  [undefined, { role: 'submitter' }],
])('the claim %j gives %j', (groups, expected) => {
  const found = identityOf({ ...settings, role: 'submitter', roleClaim: 'groups' }, { ...claims, groups });
  const { role, claimed } = found as { role?: string; claimed?: string };
  expect({ role, claimed }).toEqual({ claimed: undefined, ...expected });
});

test('what a browser brings back counts only if this hub has sealed it for this purpose', async () => {
  const sealer = new Sealer(Sealer.newKey());
  const openId = new OpenId({ settings, sealer, now: () => 0, onFailed: () => undefined });
  const flow = JSON.stringify({ state: 's', nonce: 'n', verifier: 'v', redirectUri: 'http://hub', endsAt: 1 });
  const others = [undefined, '', flow, new Sealer(Sealer.newKey()).seal(flow, 'openid'), sealer.seal(flow, 'totp a')];
  for (const sealed of others)
    expect(await openId.finish(sealed, { code: 'c', state: 's' })).toMatchObject({ code: 'oidc.flow_over' });
  const right = sealer.seal(flow, 'openid');
  expect(await openId.finish(right, { code: 'c', state: 'another' })).toMatchObject({ code: 'oidc.flow_over' });
  const late = new OpenId({ settings, sealer, now: () => 1, onFailed: () => undefined });
  expect(await late.finish(right, { code: 'c', state: 's' })).toMatchObject({ code: 'oidc.flow_over' });
});
