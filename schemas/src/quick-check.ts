// A validator that is cheap to load and says only yes or no, for a program that validates one small value and then ends. What it
// refuses is read again by the full validator, for its findings. Knows the keywords of JSON Schema, none of our own.

import type { TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import type { Compile } from './validate.js';

export const quickCheck: Compile = (schema) => (value) =>
  Check(schema as TSchema & object, value)
    ? { ok: true, value: value as never }
    : { ok: false, code: 'request.invalid', details: [] };
