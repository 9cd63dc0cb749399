// What the catalogue of errors promises, something sends.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '@agentcom/schemas';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const CATALOGUE = join(root, 'schemas', 'src', 'errors.ts');

/** Of those who send errors; whoever only gets them may know a code that nobody sends. */
function senders(): string {
  return ['schemas', 'hub', 'sidecar']
    .flatMap((workspace) => readdirSync(join(root, workspace, 'src'), { recursive: true, withFileTypes: true }))
    .filter(({ name, parentPath }) => /(?<!\.test)\.ts$/.test(name) && !/[/\\]examples$/.test(parentPath))
    .map(({ name, parentPath }) => join(parentPath, name))
    .filter((path) => path !== CATALOGUE)
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

it('every code of the error catalogue is used by a source that can send it', () => {
  const texts = senders();
  expect(ERROR_CODES.filter((code) => !texts.includes(`'${code}'`))).toEqual([]);
});
