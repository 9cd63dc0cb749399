import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configPage } from './config-page.js';
import { CONFIG_VALUES, Config, ConfigPatch, configWith } from './runtime-config.js';
import { compile } from './validate.js';

it('agrees with the page of the config; if not, run `npm run generate`', () => {
  expect(readFileSync(new URL('../../ops/docs/config.md', import.meta.url), 'utf8')).toBe(configPage());
});

it('has defaults within their own bounds', () => {
  expect(compile(Config)(configWith({}))).toMatchObject({ ok: true });
});

it.each(CONFIG_VALUES)('says in a sentence what $key means', ({ key, description }) => {
  expect(description).toMatch(/^[A-Z].*\.$/);
  expect(key).toMatch(/^[a-z]+(\.[a-zA-Z]+)+$/);
});

it('fills in the defaults around what is overridden', () => {
  const config = configWith({ tasks: { maxOffers: 2 }, limits: { messages: { burst: 1 } } });
  expect(config.tasks).toEqual({ ...configWith({}).tasks, maxOffers: 2 });
  expect(config.limits.messages).toEqual({ perMinute: 60, burst: 1 });
});

it('takes numbers within their bounds and null, and names each field that is neither', () => {
  const read = compile(ConfigPatch);
  expect(read({ tasks: { maxOffers: 1000, maxAttempts: null }, limits: null })).toMatchObject({ ok: false });
  expect(read({ tasks: { maxOffers: 1000, maxAttempts: null } })).toMatchObject({ ok: true });
  expect(read({ tasks: { mayAgentsSubmit: false } })).toMatchObject({ ok: true });
  expect(read({ tasks: { mayAgentsSubmit: 'no' } })).toMatchObject({
    details: [{ path: '/tasks/mayAgentsSubmit', message: 'must be true, false, or null for the default' }],
  });
  const refused = read({ tasks: { maxOffers: 0, maxAttempts: '3', colour: 1 }, limits: { messages: { burst: 1.5 } } });
  expect(refused).toMatchObject({
    ok: false,
    code: 'request.invalid',
    details: expect.arrayContaining([
      { path: '/tasks/maxOffers', message: 'must be a whole number from 1 to 1000, or null for the default' },
      { path: '/tasks/maxAttempts', message: 'must be a whole number from 1 to 100, or null for the default' },
      { path: '/tasks/colour', message: 'is not a known field' },
      {
        path: '/limits/messages/burst',
        message: 'must be a whole number from 1 to 1000000, or null for the default',
      },
    ]),
  });
});
