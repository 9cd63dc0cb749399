// Turns what ajv found into findings that a person understands: one per field, the field named by a JSON pointer.

import type { ErrorObject } from 'ajv/dist/2020.js';
import { LIMITS } from './limits.js';
import { clamp, pointerTo } from './pointer.js';
import type { ErrorDetail } from './problem.js';

const SIZES: ReadonlySet<string> = new Set(['maxBytes', 'maxJsonBytes']);

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
  null: 'null',
};

export interface Findings {
  /** `task.too_large` when sizes in bytes are all that is wrong. */
  readonly code: 'request.invalid' | 'task.too_large';
  readonly details: readonly ErrorDetail[];
}

/** At least one finding; of several about one field the first, and at most as many as one refusal names. */
export function findingsOf(errors: readonly ErrorObject[]): Findings {
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf');
  const byPath = new Map<string, string>();
  for (const error of errors) {
    if (error.keyword === 'propertyNames') continue;
    if (unions.some((union) => error.schemaPath.startsWith(`${union.schemaPath}/`) && !isOfEntry(error, union)))
      continue;
    if (unions.includes(error) && errors.some((one) => isOfEntry(one, error))) continue;
    const path = pathOf(error);
    if (!byPath.has(path)) byPath.set(path, messageOf(error));
    if (byPath.size === LIMITS.errorDetails) break;
  }
  const onlySizes = errors.every((error) => SIZES.has(error.keyword));
  return {
    code: onlySizes ? 'task.too_large' : 'request.invalid',
    details: [...byPath].map(([path, message]) => ({ path, message })),
  };
}

/** Where a list may be given, too: its entries are named one by one. */
function isOfEntry(error: ErrorObject, { schemaPath, instancePath, schema }: ErrorObject): boolean {
  if (!error.schemaPath.startsWith(`${schemaPath}/`) || !error.instancePath.startsWith(`${instancePath}/`))
    return false;
  const branch = Number.parseInt(error.schemaPath.slice(schemaPath.length + 1), 10);
  return (schema as readonly { readonly type?: string }[])[branch]?.type === 'array';
}

function pathOf(error: ErrorObject): string {
  const named: unknown =
    error.propertyName ??
    (error.keyword === 'required' ? error.params.missingProperty : undefined) ??
    (error.keyword === 'additionalProperties' ? error.params.additionalProperty : undefined);
  return typeof named === 'string' ? clamp(error.instancePath + pointerTo(named)) : clamp(error.instancePath);
}

/** Says what the value must be, never what it was: it may be a secret. */
function messageOf(error: ErrorObject): string {
  const { params, parentSchema } = error;
  if (Array.isArray(parentSchema?.type)) return mustBe(parentSchema.mustBe);
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not a known field';
    case 'type':
      return `must be ${KINDS[params.type] ?? params.type}`;
    case 'enum':
      return `must be one of ${params.allowedValues.join(', ')}`;
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case 'minLength':
      return error.schema === 1 ? 'must not be empty' : `must have at least ${error.schema} characters`;
    case 'maxLength':
      return `must have at most ${params.limit} characters`;
    case 'maxBytes':
    case 'maxJsonBytes':
      return `must have at most ${error.schema} bytes${error.keyword === 'maxJsonBytes' ? ' as JSON' : ' in UTF-8'}`;
    case 'minItems':
    case 'minProperties':
      return `must have at least ${params.limit} ${params.limit === 1 ? 'entry' : 'entries'}`;
    case 'maxItems':
    case 'maxProperties':
      return `must have at most ${params.limit} entries`;
    case 'uniqueItems':
      return 'must not contain duplicates';
    case 'minimum':
      return `must be at least ${params.limit}`;
    case 'maximum':
      return `must be at most ${params.limit}`;
    default:
      return mustBe(parentSchema?.mustBe);
  }
}

function mustBe(what: unknown): string {
  return typeof what === 'string' ? `must be ${what}` : 'is not valid';
}
