import { expect, it } from 'vitest';
import { compiler } from './index.js';
import { RegistrationBody } from './people.js';

it('takes no e-mail address with characters that do not show', () => {
  const read = compiler('input')(RegistrationBody);
  const accepts = (email: string) => read({ email, name: 'V', password: 'correct horse battery', org: 'acme' }).ok;
  expect(accepts('v@corp.test')).toBe(true);
  expect(accepts('jürgen@übung.example')).toBe(true);
  for (const unseen of ['\u200b', '\u202e', '\u009b', '\u00ad', '\ufeff', '\u2066', ' ', '\u0007']) {
    expect(accepts(`v${unseen}@corp.test`)).toBe(false);
    expect(accepts(`v@corp${unseen}.test`)).toBe(false);
  }
});
