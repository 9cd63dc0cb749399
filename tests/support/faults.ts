// Every way to spoil a valid value, read off its own JSON Schema: missing, extra, wrong, huge and deeply nested parts.

import { pointerTo } from '@agentcom/schemas';

/** What we read of a schema. */
export interface Shape {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Shape;
  readonly propertyNames?: Shape;
  readonly maxProperties?: number;
  readonly items?: Shape;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxBytes?: number;
  readonly maxJsonBytes?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Shape[];
}

export interface Fault {
  readonly what: string;
  readonly value: unknown;
  /** The part that a good refusal names, or a part of it. */
  readonly path: string;
}

const LONG = 5_000;
const DEPTH = 60;

/** Faults of every part of `valid`, which must have each part that the schema knows. */
export function* faultsOf(shape: Shape, valid: unknown, path = ''): Generator<Fault> {
  yield* wrongTypes(shape, path);
  for (const alternative of alternativesOf(shape)) {
    // What is null has no parts to spoil.
    if (valid === null && alternative.type === 'object') continue;
    for (const fault of faultsOf(alternative, valid, path)) if (!fault.what.startsWith('of type')) yield fault;
  }
  if (shape.properties !== undefined) yield* objectFaults(shape, valid as Record<string, unknown>, path);
  else if (shape.type === 'object') yield* mapFaults(shape, valid as Record<string, unknown>, path);
  else if (shape.type === 'array') yield* listFaults(shape, valid as readonly unknown[], path);
  else if (shape.type === 'string') yield* textFaults(shape, path);
  else if (shape.type === 'integer' || shape.type === 'number') yield* numberFaults(shape, path);
  else if (shape.maxJsonBytes !== undefined) yield { what: 'huge', value: 'x'.repeat(shape.maxJsonBytes), path };
}

/** Those of `anyOf`, or one for each of several types. */
function alternativesOf(shape: Shape): readonly Shape[] {
  const { type, anyOf = [] } = shape;
  return typeof type === 'object' ? type.map((one) => ({ ...shape, type: one })) : anyOf;
}

/** Parts the schema knows and `valid` lacks. */
export function partsLeftOut(shape: Shape, valid: unknown, path = ''): string[] {
  if (shape.properties !== undefined) {
    return Object.entries(shape.properties).flatMap(([name, inner]) => {
      const value = (valid as Record<string, unknown>)[name];
      return value === undefined
        ? [pointerTo(name, '')].map((at) => path + at)
        : partsLeftOut(inner, value, path + pointerTo(name, ''));
    });
  }
  if (shape.items !== undefined) {
    const [first] = valid as readonly unknown[];
    return first === undefined ? [`${path}/0`] : partsLeftOut(shape.items, first, `${path}/0`);
  }
  return [];
}

export function nested(levels = DEPTH): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

function* wrongTypes(shape: Shape, path: string): Generator<Fault> {
  yield { what: 'nested too deeply', value: nested(), path };
  const alternatives = alternativesOf(shape);
  const types = alternatives.length === 0 ? [shape.type] : alternatives.map(({ type }) => type);
  if (types.includes(undefined) && shape.const === undefined && shape.enum === undefined) return;
  for (const [type, value] of Object.entries(samples)) {
    const fits = types.includes(type) || (type === 'integer' && types.includes('number'));
    if (!fits) yield { what: `of type ${type}`, value, path };
  }
}

/** One value of each type of JSON. */
const samples = { null: null, boolean: true, integer: 7, string: 'text', array: ['x'], object: { a: 1 } };

function* objectFaults(shape: Shape, valid: Record<string, unknown>, path: string): Generator<Fault> {
  for (const name of shape.required ?? []) {
    const { [name]: _gone, ...rest } = valid;
    yield { what: 'missing', value: rest, path: path + pointerTo(name, '') };
  }
  yield { what: 'extra', value: { ...valid, unexpected: 1 }, path: `${path}/unexpected` };
  for (const [name, inner] of Object.entries(shape.properties ?? {})) {
    const value = valid[name];
    if (value === undefined) continue;
    for (const fault of faultsOf(inner, value, path + pointerTo(name, ''))) {
      yield { ...fault, value: { ...valid, [name]: fault.value } };
    }
  }
}

function* mapFaults(shape: Shape, valid: Record<string, unknown>, path: string): Generator<Fault> {
  const [name, value] = Object.entries(valid)[0] as [string, unknown];
  if (typeof shape.additionalProperties === 'object') {
    for (const fault of faultsOf(shape.additionalProperties, value, path + pointerTo(name, ''))) {
      yield { ...fault, value: { ...valid, [name]: fault.value } };
    }
  }
  if (shape.propertyNames?.maxLength !== undefined) {
    yield { what: 'a huge name', value: { ['n'.repeat(LONG)]: value }, path };
  }
  if (shape.maxProperties !== undefined) {
    const many = Array.from({ length: shape.maxProperties + 1 }, (_, i) => [`n${i}`, value]);
    yield { what: 'too many', value: Object.fromEntries(many), path };
  }
}

function* listFaults(shape: Shape, valid: readonly unknown[], path: string): Generator<Fault> {
  const [first] = valid;
  if (shape.maxItems !== undefined) {
    yield { what: 'too many', value: Array.from({ length: shape.maxItems + 1 }, () => first), path };
  }
  if (shape.items === undefined) return;
  for (const fault of faultsOf(shape.items, first, `${path}/0`)) {
    yield { ...fault, value: [fault.value, ...valid.slice(1)] };
  }
}

function* textFaults(shape: Shape, path: string): Generator<Fault> {
  const { enum: words, maxLength, maxBytes, minLength = 0, pattern, format } = shape;
  const isLimited = maxLength !== undefined || pattern !== undefined || words !== undefined;
  if (isLimited) yield { what: 'huge', value: 'x'.repeat(Math.max(LONG, (maxLength ?? 0) + 1)), path };
  if (maxBytes !== undefined) yield { what: 'too many bytes', value: 'é'.repeat(maxBytes / 2 + 1), path };
  const mayBeEmpty = minLength === 0 && words === undefined && (pattern === undefined || new RegExp(pattern).test(''));
  if (!mayBeEmpty) yield { what: 'empty', value: '', path };
  if (pattern !== undefined || format !== undefined || words !== undefined) {
    yield { what: 'with control characters', value: 'a\u0000b\nc', path };
  }
}

function* numberFaults(shape: Shape, path: string): Generator<Fault> {
  const { minimum, maximum, type } = shape;
  if (minimum !== undefined) yield { what: 'too small', value: minimum - 1, path };
  if (maximum !== undefined) yield { what: 'huge', value: maximum + 1, path };
  if (type === 'integer') yield { what: 'not whole', value: 1.5, path };
}
