// Writes the generated pages and the rules for Prometheus: `npm run generate`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { alertsPage } from './alerts-page.js';
import { configPage } from './config-page.js';
import { errorsPage } from './errors-page.js';
import { eventsPage } from './events-page.js';
import { metricsPage } from './metrics-page.js';
import { prometheusRules } from './prometheus-rules.js';
import { queriesPage } from './queries-page.js';

const docs = new URL('../../ops/docs/', import.meta.url);
mkdirSync(docs, { recursive: true });
writeFileSync(fileURLToPath(new URL('errors.md', docs)), errorsPage());
writeFileSync(fileURLToPath(new URL('config.md', docs)), configPage());
writeFileSync(fileURLToPath(new URL('alerts.md', docs)), alertsPage());
writeFileSync(fileURLToPath(new URL('events.md', docs)), eventsPage());
writeFileSync(fileURLToPath(new URL('metrics.md', docs)), metricsPage());
writeFileSync(fileURLToPath(new URL('queries.md', docs)), queriesPage());

const prometheus = new URL('../../ops/prometheus/', import.meta.url);
mkdirSync(prometheus, { recursive: true });
writeFileSync(fileURLToPath(new URL('agentcom.rules.yml', prometheus)), prometheusRules());
