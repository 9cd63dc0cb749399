// What the catalogue of errors promises, something sends; and what anything sends, the catalogue explains.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '@agentcom/schemas';
import { allWords } from '@agentcom/schemas/explanations';
import { FAILURES } from '@agentcom/schemas/failure-codes';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const CATALOGUES = ['errors.ts', 'explanations.ts', 'failure-codes.ts'].map((file) =>
  join(root, 'schemas', 'src', file),
);

function sourcesOf(folders: readonly string[]): readonly string[] {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter(
      ({ name, parentPath }) => /(?<!\.test|^fixture)\.ts$/.test(name) && !/[/\\](?:examples|dist)$/.test(parentPath),
    )
    .map(({ name, parentPath }) => join(parentPath, name))
    .filter((path) => !CATALOGUES.includes(path))
    .map((path) => readFileSync(path, 'utf8'));
}

/** Whoever only gets errors may know a code that nobody sends. */
function senders(): string {
  return sourcesOf(['schemas/src', 'hub/src', 'sidecar/src']).join('\n');
}

/** Where a code is given to an error, whatever the error is made with. */
const SENT = [
  /\bcode(?::| =) '([a-z]+\.[a-z_]+)'/g,
  /\b(?:failed|failure|refused|unanswered|Refusal)\(\s*(?:'[a-z_]+',\s*)?'([a-z]+\.[a-z_]+)'/g,
  /\bCommandError\(\s*[\w.]+,\s*'([a-z]+(?:\.[a-z_]+)?)'/g,
  /'((?:git|runner|verify|forge|budget|repo|setup)\.[a-z_]+)'/g,
];

it('every code of the error catalogue is used by a source that can send it', () => {
  const texts = senders();
  const codes = [...ERROR_CODES, ...Object.keys(FAILURES)];
  expect(codes.filter((code) => !texts.includes(`'${code}'`))).toEqual([]);
});

it('every code that something sends is explained, with what to do', () => {
  const texts = sourcesOf(['hub/src', 'sidecar/src', 'scripts/cli']);
  const sent = texts.flatMap((text) => SENT.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code]) => code)));
  const known = new Set(allWords());
  expect([...new Set(sent)].filter((code) => !known.has(code as string)).sort()).toEqual([]);
});
