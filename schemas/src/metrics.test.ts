import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METRICS } from './metrics.js';
import { metricsPage } from './metrics-page.js';

it('agrees with the page of metrics; if not, run `npm run generate`', () => {
  expect(readFileSync(new URL('../../ops/docs/metrics.md', import.meta.url), 'utf8')).toBe(metricsPage());
});

it.each(Object.entries(METRICS))('%s is named by what it counts', (name, { type, help }) => {
  expect(name.endsWith('_total')).toBe(type === 'counter');
  if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
  expect(help).toMatch(/^(?:[A-Z]|1 ).*\.$/);
});
