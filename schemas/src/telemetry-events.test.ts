import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { eventsPage } from './events-page.js';

it('agrees with the page of telemetry events; if not, run `npm run generate`', () => {
  expect(readFileSync(new URL('../../ops/docs/events.md', import.meta.url), 'utf8')).toBe(eventsPage());
});
