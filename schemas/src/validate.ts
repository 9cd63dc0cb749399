// Compiled validators. The first pass stops at the first fault and is all that valid input costs; only small input that
// failed is read once more for everything that is wrong with it, so that a hostile body cannot buy work.

import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { TSchema } from 'typebox';
import { newAjv, type Reading } from './ajv.js';
import { type Findings, findingsOf } from './findings.js';
import { LIMITS } from './limits.js';
import type { Data, RequestId } from './primitives.js';
import type { ErrorDetail, RefusalBody } from './problem.js';
import { fromTexts } from './query-texts.js';

export type Validated<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Findings);
export type Validator<T> = (value: unknown) => Validated<T>;

/** Values (with their parts) that are read a second time for a full list of findings. */
const FULL_REPORT_PARTS = 1000;

export type Compile = <Schema extends TSchema>(schema: Schema) => Validator<Data<Schema>>;

/** A compiler for one way of reading; it keeps what it compiled. A schema is compiled when it is first used, which takes a millisecond or so. */
export function compiler(reading: Reading = 'input'): Compile {
  const quick = lazily(() => newAjv(reading, false));
  const full = lazily(() => newAjv(reading, true));
  return (schema) => {
    const first = lazily(() => quick().compile(schema));
    const all = lazily(() => full().compile(schema));
    return (given) => {
      const isValid = first();
      const value = reading === 'query' ? fromTexts(schema, given) : given;
      if (isValid(value)) return { ok: true, value: value as Data<typeof schema> };
      return { ok: false, ...findingsOf(faults(isValid, all, value)) };
    };
  };
}

/** One validator on its own; for several, share a `compiler`. */
export function compile<Schema extends TSchema>(schema: Schema, reading: Reading = 'input'): Validator<Data<Schema>> {
  return compiler(reading)(schema);
}

function faults(first: ValidateFunction, all: () => ValidateFunction, value: unknown): readonly ErrorObject[] {
  const firstErrors = first.errors ?? [];
  if (partsLeft(value, FULL_REPORT_PARTS) < 0) return firstErrors;
  const report = all();
  return report(value) ? firstErrors : (report.errors ?? firstErrors);
}

/** How many of `budget` parts remain after counting those of `value`; below zero when it has more. */
function partsLeft(value: unknown, budget: number): number {
  if (typeof value !== 'object' || value === null) return budget - 1;
  let left = budget - 1;
  for (const key in value) {
    if (left < 0) return left;
    left = partsLeft((value as Record<string, unknown>)[key], left);
  }
  return left;
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

type FrameTable = Readonly<Record<string, TSchema>>;
type FrameIn<Table extends FrameTable> = { [Type in keyof Table]: Data<Table[Type]> }[keyof Table];

/** `re` is the id of the refused request, when it had one. */
export type ReadFrame<Frame> =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly refusal: RefusalBody; readonly re?: RequestId };

/**
 * A reader for the frames of one side: finds the schema by `type`, then validates, so that the sender gets the one error that
 * matters.
 */
export function compileFrames<Table extends FrameTable>(
  table: Table,
  reading: Reading = 'input',
): (value: unknown) => ReadFrame<FrameIn<Table>> {
  const compileOne = compiler(reading);
  const validators = new Map(Object.entries(table).map(([type, schema]) => [type, compileOne(schema)]));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return refuse(value, 'request.invalid', 'a frame must be a JSON object', []);
    }
    const type = 'type' in value ? value.type : undefined;
    const validate = typeof type === 'string' ? validators.get(type) : undefined;
    if (validate === undefined) {
      const message = type === undefined ? 'is required' : 'is not a frame type of this protocol';
      return refuse(value, 'protocol.unknown_type', `the type of the frame ${message}`, [{ path: '/type', message }]);
    }
    const validated = validate(value);
    if (validated.ok) return { ok: true, frame: validated.value as FrameIn<Table> };
    return refuse(value, validated.code, `the ${type} frame is not valid`, validated.details);
  };
}

function refuse<Frame>(
  value: unknown,
  code: Findings['code'] | 'protocol.unknown_type',
  message: string,
  details: readonly ErrorDetail[],
): ReadFrame<Frame> {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return { ok: false, refusal: { code, message, details }, ...(isRequestId(id) && { re: id }) };
}

function isRequestId(id: unknown): id is RequestId {
  if (typeof id === 'string') return id !== '' && id.length <= LIMITS.idChars;
  return Number.isSafeInteger(id) && (id as number) >= 0;
}
