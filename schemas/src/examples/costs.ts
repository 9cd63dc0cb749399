// Examples of costs and estimates.

import type * as costs from '../costs.js';
import { type Examples, faulty } from './example.js';
import { taskSpec } from './tasks.js';

const figures: costs.CostFigures = {
  attempts: 3,
  unknownCost: 1,
  inputTokens: 1_000,
  outputTokens: 200,
  unpricedTokens: 50,
  seconds: 12.5,
  costs: [{ currency: 'USD', costMicros: 250_000 }],
};
const item: costs.CostItem = { group: { repo: 'https://example.org/shop.git', model: 'opus' }, ...figures };
const forecast: costs.Forecast = { month: '2026-11', currency: 'USD', spentMicros: 250_000, forecastMicros: 900_000 };
const report: costs.CostReport = {
  from: '2026-11-01',
  to: '2026-11-21',
  by: ['repo', 'model'],
  items: [item, { group: {}, other: true, ...figures }],
  total: figures,
  forecast: [forecast],
};
const use: costs.EstimatedUse = { costMicros: 120_000, currency: 'USD', tokens: 900, seconds: 40 };
const estimate: costs.Estimate = { n: 12, like: ['repo', 'runner'], unknownCost: 2, median: use, p90: use };

export const costExamples = {
  CostQuery: {
    valid: [
      {},
      { by: ['repo', 'label:team', 'day'], from: '2026-11-01', to: '2026-11-21' },
      { from: '2026-11-01T00:00:00.000Z' },
    ],
    invalid: faulty({}, [
      ['/by/0', { by: ['colour'] }],
      ['/by/0', { by: ['label:'] }],
      ['/by', { by: ['repo', 'repo'] }],
      ['/from', { from: 'yesterday' }],
      ['/to', { to: '2026-13-01' }],
      ['/until', { until: '2026-11-01' }],
    ]),
  } satisfies Examples<costs.CostQuery>,
  CostFigures: {
    valid: [figures, { ...figures, costs: [] }],
    invalid: faulty(figures, [['/attempts', { attempts: -1 }]]),
  } satisfies Examples<costs.CostFigures>,
  CostItem: {
    valid: [item],
    invalid: faulty(item, [['/costs/0/currency', { costs: [{ currency: 'dollars', costMicros: 1 }] }]]),
  } satisfies Examples<costs.CostItem>,
  CostReport: {
    valid: [report, { ...report, names: { 'key:1': 'ci' } }],
    invalid: faulty(report, [['/items', { items: 1 }]]),
  } satisfies Examples<costs.CostReport>,
  Forecast: {
    valid: [forecast],
    invalid: faulty(forecast, [['/spentMicros', { spentMicros: 0.5 }]]),
  } satisfies Examples<costs.Forecast>,
  EstimateBody: {
    valid: [{}, ...taskSpec.valid],
    invalid: faulty({}, [
      ['/title', { title: '' }],
      ['/colour', { colour: 'red' }],
    ]),
  } satisfies Examples<costs.EstimateBody>,
  Estimate: {
    valid: [estimate, { n: 0, like: [], unknownCost: 0, median: {}, p90: {} }],
    invalid: faulty(estimate, [['/n', { n: -1 }]]),
  } satisfies Examples<costs.Estimate>,
};
