// The page of the config for people, made from its schema.

import { CONFIG_VALUES, type ConfigValue } from './runtime-config.js';

const HEAD = `# Config

Generated from \`schemas/src/runtime-config.ts\`: change it there, then run \`npm run generate\`.

These values change what the hub decides. They are kept in the journal, so every hub has the same ones and a restart keeps them. A change
takes effect at once. \`agentcom config get\` shows them and \`agentcom config set tasks.maxOffers=5\` changes one; \`null\` resets it to the
default. Over HTTP, \`GET /api/v1/config\` shows them with their version in \`ETag\`, and \`PATCH /api/v1/config\` takes a JSON merge patch and
honours \`If-Match\`. What one process needs to start, such as addresses and directories, is a setting: \`agentcom up --help\`.
`;

/** The whole page, as Markdown. */
export function configPage(): string {
  const sections = [...new Set(CONFIG_VALUES.map(({ key }) => sectionOf(key)))];
  return [HEAD, ...sections.map(section)].join('\n');
}

function section(name: string): string {
  const rows = CONFIG_VALUES.filter(({ key }) => sectionOf(key) === name).map(row);
  return `## ${name}\n\n| value | default | from | to | meaning |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function row({ key, byDefault, minimum, maximum, description }: ConfigValue): string {
  return `| \`${key}\` | ${byDefault} | ${minimum ?? ''} | ${maximum ?? ''} | ${description} |`;
}

function sectionOf(key: string): string {
  return key.slice(0, key.indexOf('.'));
}
