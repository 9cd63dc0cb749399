// The page of errors for people, made from the catalogue.

import { type CatalogueEntry, ERRORS } from './errors.js';
import { GLOSSARIES, type Glossary } from './explanations.js';

const HEAD = `# Errors

Generated from \`schemas/src/errors.ts\` and \`schemas/src/explanations.ts\`: change it there, then run
\`npm run generate -w @agentcom/schemas\`. \`agentcom explain CODE\` says the same at a terminal.

Codes are the interface; texts may change.

## Refusals

Every refusal carries one of these codes: over HTTP in a problem document (\`application/problem+json\`, RFC 9457) with the
status given here, on the agent socket in an \`error\` frame. *Again* says whether the same request may succeed later,
unchanged; where an answer names a time to wait, wait that long. Bad input names each faulty field by a JSON pointer.
`;

/** The whole page, as Markdown. */
export function errorsPage(): string {
  const entries = Object.entries<CatalogueEntry>(ERRORS);
  const areas = [...new Set(entries.map(([code]) => areaOf(code)))];
  return [HEAD, ...areas.map((area) => refusals(area, entries)), ...GLOSSARIES.map(words)].join('\n');
}

function refusals(area: string, entries: readonly [string, CatalogueEntry][]): string {
  const rows = entries.filter(([code]) => areaOf(code) === area).map(([code, entry]) => row(code, entry));
  return `### ${area}\n\n| code | status | retry | meaning | what to do |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function row(code: string, { status, retryable, title, remedy }: CatalogueEntry): string {
  return `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${title}. | ${remedy} |`;
}

function words({ name, where, words: table }: Glossary): string {
  const rows = Object.entries(table).map(([word, { title, remedy }]) => `| \`${word}\` | ${title}. | ${remedy} |`);
  return `## ${name}\n\n${where}\n\n| code | meaning | what to do |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function areaOf(code: string): string {
  return code.slice(0, code.indexOf('.'));
}
