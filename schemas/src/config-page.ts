// The page of the config for people, made from its schema.

import { CONFIG_VALUES, type ConfigValue } from './runtime-config.js';

const HEAD = `# Config

Generated from \`schemas/src/runtime-config.ts\`: change it there, then run \`npm run generate\`.

These values change what the hub decides. They are kept in the journal, so every hub has the same ones and a restart keeps them. A change
takes effect at once. \`agentcom config get\` shows them and \`agentcom config set tasks.maxOffers=5\` changes one; \`null\` resets it to the
default. Over HTTP, \`GET /api/v1/config\` shows them with their version in \`ETag\`, and \`PATCH /api/v1/config\` takes a JSON merge patch and
honours \`If-Match\`. What one process needs to start, such as addresses and directories, is a setting: \`agentcom up --help\`.
`;

/** The page of alerts has the values of each rule. */
const TAIL = `
\`alerts.rules\` has the values of each rule: [alerts](alerts.md).
`;
const ELSEWHERE = 'alerts.rules.';

/** The whole page, as Markdown. */
export function configPage(): string {
  const values = CONFIG_VALUES.filter(({ key }) => !key.startsWith(ELSEWHERE));
  const sections = [...new Set(values.map(({ key }) => sectionOf(key)))];
  return [HEAD, ...sections.map((name) => section(name, values))].join('\n') + TAIL;
}

function section(name: string, values: readonly ConfigValue[]): string {
  const rows = values.filter(({ key }) => sectionOf(key) === name).map(valueRow);
  return `## ${name}\n\n${VALUES_HEAD}\n${rows.join('\n')}\n`;
}

export const VALUES_HEAD = '| value | default | from | to | meaning |\n|---|---|---|---|---|';

/** One line of a table of values. */
export function valueRow({ key, byDefault, minimum, maximum, description }: ConfigValue): string {
  return `| \`${key}\` | ${byDefault} | ${minimum ?? ''} | ${maximum ?? ''} | ${description} |`;
}

function sectionOf(key: string): string {
  return key.slice(0, key.indexOf('.'));
}
