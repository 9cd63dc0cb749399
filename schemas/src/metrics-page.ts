// The page of metrics for people, made from their catalogue.

import { METRICS, type Metric } from './metrics.js';

const HEAD = `# Metrics

Generated from \`schemas/src/metrics.ts\`: change it there, then run \`npm run generate\`.

Prometheus reads them at \`GET /metrics\` with a key that may (\`agentcom key create prometheus --role viewer --scope metrics:read\`); \`ops/prometheus/\` has
its configuration and rules for an Alertmanager, \`ops/grafana/\` dashboards for Grafana. Seconds and bytes are in the name; what ends in \`_total\` only grows. Durable facts are counted by the hub
that wrote them to the journal, so figures of several hubs can be added up. No label names a task, an agent, an organisation or an address. Beside
these there are the usual figures of a Node process, as \`agentcom_process_…\` and \`agentcom_nodejs_…\`. A sidecar has its own on its local
port: \`agentcom_sidecar_…\`.

The same for people, of one organisation: \`GET /api/v1/stats\`, also at \`GET /api/metrics\`.

| metric | type | labels | meaning |
|---|---|---|---|
`;

/** The whole page, as Markdown. */
export function metricsPage(): string {
  const rows = Object.entries(METRICS).map(([name, { type, labels = [], help }]: [string, Metric]) => {
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |\n`;
  });
  return `${HEAD}${rows.join('')}`;
}
