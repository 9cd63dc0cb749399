import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METRICS, type Metric } from './metrics.js';
import { prometheusRules } from './prometheus-rules.js';

const rules = prometheusRules();

it('agrees with the file for Prometheus; if not, run `npm run generate`', () => {
  expect(readFileSync(new URL('../../ops/prometheus/agentcom.rules.yml', import.meta.url), 'utf8')).toBe(rules);
});

it('asks for metrics of the catalogue alone, by labels that they have, and with limits that there are', () => {
  expect(rules).not.toContain('NaN');
  const asked = [...rules.matchAll(/\b(agentcom_\w+?)(?:_bucket|_count)?(?:\{([^}]*)\}|(?=\W))/g)];
  expect(asked.length).toBeGreaterThan(20);
  for (const [, name = '', labels = ''] of asked) {
    // Of every Node process.
    if (name.startsWith('agentcom_nodejs_')) continue;
    const metric = (METRICS as Readonly<Record<string, Metric>>)[name];
    expect(metric, name).toBeDefined();
    for (const [, label] of labels.matchAll(/(\w+)(?:=|!=|=~|!~)"/g)) expect(metric?.labels, name).toContain(label);
  }
});
