// How ajv is set up: strict, with the sizes in bytes and the formats of git and of commands that JSON Schema does not have.

import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isAddressRange } from './address-range.js';
import { isBranchName, isGitRef, isRepoUrl } from './git-names.js';
import { OWN_KEYWORDS } from './published.js';
import { wordsOf } from './words.js';

/**
 * How a value is read. `input`: closed, as it stands. `answer`: unknown fields are dropped, since a newer hub may say more.
 * `query`: as `fromTexts` reads it first.
 */
export type Reading = 'input' | 'answer' | 'query';

/**
 * `isPublished` reads schemas as they are served, and holds each against the meta-schema first; that doubles the time to compile, and the
 * tests do it for all of them.
 */
export function newAjv(reading: Reading, allErrors: boolean, isPublished = false): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    validateSchema: isPublished,
    verbose: true,
    allErrors,
    removeAdditional: reading === 'answer',
  });
  addFormats.default(ajv, ['date-time']);
  ajv.addFormat('repo-url', isRepoUrl);
  ajv.addFormat('git-branch', isBranchName);
  ajv.addFormat('git-ref', isGitRef);
  ajv.addFormat('address-range', isAddressRange);
  ajv.addFormat('plain-command', (text) => wordsOf(text).ok);
  const own = (keyword: string) => (isPublished ? (OWN_KEYWORDS[keyword] ?? keyword) : keyword);
  if (isPublished)
    ajv.addKeyword({ keyword: 'x-format', schemaType: 'string', validate: hasFormat(ajv), errors: false });
  ajv.addKeyword({ keyword: own('mustBe'), schemaType: 'string' });
  ajv.addKeyword({ keyword: own('secret'), schemaType: 'boolean' });
  ajv.addKeyword({ keyword: own('address'), schemaType: 'boolean' });
  if (!isPublished) {
    // Ajv's own counts the characters of the whole text, however long it is.
    ajv.removeKeyword('minLength');
    ajv.addKeyword({
      keyword: 'minLength',
      type: 'string',
      schemaType: 'number',
      errors: false,
      validate: (limit: number, value: string) => hasAtLeastChars(value, limit),
    });
  }
  ajv.addKeyword({
    keyword: own('maxBytes'),
    type: 'string',
    schemaType: 'number',
    errors: false,
    validate: (limit: number, value: string) => hasAtMostBytes(value, limit),
  });
  ajv.addKeyword({
    keyword: own('maxJsonBytes'),
    schemaType: 'number',
    errors: false,
    validate: (limit: number, value: unknown) => hasAtMostBytes(JSON.stringify(value), limit),
  });
  return ajv;
}

function hasFormat(ajv: Ajv2020) {
  return (name: string, value: unknown): boolean => {
    const format = ajv.formats[name];
    return typeof value !== 'string' || typeof format !== 'function' || format(value);
  };
}

/** A character has one or two UTF-16 units, so only short texts need counting. */
function hasAtLeastChars(text: string, limit: number): boolean {
  if (text.length < limit) return false;
  return text.length >= 2 * limit || [...text].length >= limit;
}

/** A UTF-16 unit takes one to three bytes, so most texts need no counting. */
function hasAtMostBytes(text: string, limit: number): boolean {
  if (text.length > limit) return false;
  return text.length * 3 <= limit || Buffer.byteLength(text) <= limit;
}
