import { expect, test } from 'vitest';
import { signInPage } from './sign-in-page.js';

const page = signInPage({ isOpen: false, hasProvider: false, sendsMail: false, address: 'http://localhost:7700' });
const script = /<script type="module">(.*?)<\/script>/s.exec(page)?.[1] ?? '';

test('whoever belongs to several organisations can switch between them, and sign in to one', () => {
  expect(page).toMatch(/<form id="org-form" hidden>[\s\S]*<select name="org">/);
  expect(script).toContain(
    "onSubmit('org-form', async (fields) => welcome(await call('PATCH', '/sessions/current', fields)));",
  );
  expect(script).toContain("call('POST', '/sessions', { ...fields, ...wanted })");
  expect(script).toContain("call('POST', '/sessions/passkey', { credential, ...wanted })");
});

test('its script can be read, and uses no part of the page that is not there', () => {
  expect(() => new Function(`return async () => {${script}}`)).not.toThrow();
  const used = [...script.matchAll(/(?:byId|onSubmit|show)\('([\w-]+)'/g)].map(([, id]) => id ?? '');
  const optional = ['to-register', 'to-forgot', 'totp-'];
  expect(used.filter((id) => !page.includes(`id="${id}"`) && !optional.includes(id))).toEqual([]);
});

test('a link by mail is offered only where the hub sends mail', () => {
  expect(page).not.toContain('id="to-forgot"');
  expect(page).toContain('or forgot your password? An owner');
  const mailing = signInPage({ isOpen: false, hasProvider: false, sendsMail: true, address: 'http://localhost:7700' });
  expect(mailing).toContain('<button id="to-forgot" type="button" class="plain">Forgot your password?</button>');
  expect(mailing).not.toContain('An owner of your organisation can send you a link');
  expect(script).toContain("call('POST', '/sessions/reset/mail', fields)");
});
