// Ways to sign in other than by a link or a password, in a real browser: with a passkey, and at an identity provider on another site.

import { writeFileSync } from 'node:fs';
import { TestProvider } from '@agentcom/hub/access/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../support/browser.js';
import { BrowserSuite } from '../support/browser-suite.js';

let provider: TestProvider;

const suite = new BrowserSuite(async (sandbox) => {
  provider = await TestProvider.start({
    ada: { email: 'ada@example.org', email_verified: true, name: 'Ada' },
    eve: { email: 'eve@example.org', email_verified: false, name: 'Eve' },
  });
  const secret = sandbox.path('secret');
  writeFileSync(secret, provider.clientSecret);
  return {
    AGENTCOM_OIDC_ISSUER: provider.issuer,
    AGENTCOM_OIDC_CLIENT_ID: provider.clientId,
    AGENTCOM_OIDC_CLIENT_SECRET_FILE: secret,
    AGENTCOM_OIDC_ROLE: 'developer',
  };
});

beforeAll(() => provider.serve(`${hubByName()}/sign-in/oidc/callback`));
afterAll(() => provider?.stop());

/** Addresses of numbers have no passkeys, and to a browser this is another site than the provider's. */
function hubByName(): string {
  return `http://localhost:${suite.hub.port}`;
}

async function signOut({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}

test('somebody adds a passkey, signs in with it, and no more once it is removed', async () => {
  const { url } = await suite.hub.api.need<{ url: string }>('POST', '/members', { role: 'developer' });
  const person = await suite.person({}, hubByName());
  const { page } = person;
  const devtools = await person.context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
  } as const;
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await page.goto(new URL(url).pathname + new URL(url).hash);
  await page.getByLabel('Your name').fill('Grace');
  await page.getByLabel('E-mail').fill('grace@example.org');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.locator('form').getByRole('button').last().click();
  await page.getByRole('banner').waitFor();

  await page.goto('/account');
  const passkeys = page.getByRole('region', { name: 'Passkeys' });
  await passkeys.getByLabel('Name').fill('This laptop');
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
  await passkeys.getByText('This laptop never used').waitFor();
  await signOut(person);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('banner').waitFor();

  await page.goto('/account');
  await page.getByText('grace@example.org, developer in default').waitFor();
  await passkeys.getByText(/This laptop last used/).waitFor();
  await passkeys.getByRole('button', { name: 'Remove' }).click();
  await passkeys.getByText(/This laptop/).waitFor({ state: 'detached' });
  await signOut(person);
  expect(person.complaints).toEqual([]);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('alert').filter({ hasText: 'The passkey is unknown' }).waitFor();
});

test('somebody new signs in at the identity provider and comes to the page that a link led to', async () => {
  provider.subject = 'ada';
  const person = await suite.person({}, hubByName());
  const { page } = person;
  await page.goto('/tasks?q=state:queued');
  await page.getByRole('link', { name: 'Sign in with your organisation' }).click();
  await page.getByRole('banner').waitFor();
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor();
  expect(page.url()).toBe(`${hubByName()}/tasks?q=state:queued`);
  await page.goto('/account');
  await page.getByText('ada@example.org, developer in default').waitFor();
  expect(person.complaints).toEqual([]);
});

test('whoever the provider does not let in, or does not know well enough, is told so, and can try again', async () => {
  provider.subject = 'nobody';
  const person = await suite.person({}, hubByName());
  const { page } = person;
  await page.goto('/agents');
  const way = page.getByRole('link', { name: 'Sign in with your organisation' });
  await way.click();
  await page.getByText('The identity provider did not confirm who you are').waitFor();
  provider.subject = 'eve';
  await way.click();
  await page.getByText('Your e-mail address does not let you in').waitFor();
  // Somebody else sits down there.
  await person.context.clearCookies({ domain: '127.0.0.1' });
  provider.subject = 'ada';
  await way.click();
  await page.getByRole('heading', { name: 'No agents yet' }).waitFor();
  expect(person.complaints).toEqual([]);
});
