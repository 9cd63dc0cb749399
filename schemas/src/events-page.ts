// The page of telemetry events for people, made from the catalogue.

import { HUB_COMPONENTS, SIDECAR_COMPONENTS } from './log.js';
import { TELEMETRY_EVENTS, type TelemetryEvent } from './telemetry-events.js';

const HEAD = `# Telemetry events

Generated from \`schemas/src/telemetry-events.ts\`: change it there, then run \`npm run generate\`.

A hub makes each of these once: it is a line of its log and feeds its metrics. Events of tasks, agents and leaders are made of what is durable, with what was true
when it was decided, by the hub that wrote it to the journal. None has a text of a task, a prompt, output or a secret in it. Each has \`event\` with
its name, and \`org\`, \`taskId\`, \`agentId\` and \`generation\` as far as it is about them. *Sampled* events are logged once a minute for each
subject; \`omitted\` says how many were left out. [logs.md](logs.md) describes the lines and how to query them.

Components of a hub: ${HUB_COMPONENTS.map((name) => `\`${name}\``).join(', ')}. Of a sidecar: ${SIDECAR_COMPONENTS.map((name) => `\`${name}\``).join(', ')}.

| event | level | component | logged when | fields |
|---|---|---|---|---|
`;

/** The whole page, as Markdown. */
export function eventsPage(): string {
  const rows = Object.entries(TELEMETRY_EVENTS).map(([name, event]: [string, TelemetryEvent]) => {
    const { level, component, when, fields, isSampled } = event;
    const told = Object.entries(fields).map(([field, { meaning }]) => `\`${field}\`: ${meaning}`);
    const sampled = isSampled === true ? ', sampled' : '';
    return `| \`${name}\` | ${level}${sampled} | ${component} | ${when} | ${told.join('; ')} |\n`;
  });
  return `${HEAD}${rows.join('')}`;
}
