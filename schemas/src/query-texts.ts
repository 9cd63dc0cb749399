// What a query says, as its schema reads it: whole numbers in decimal, and one value where several may stand, as a list. All else stays the text
// that it is, so that `0x10`, `1e3` and ` 5` are no numbers.

import type { TSchema } from 'typebox';

const WHOLE_NUMBER = /^(?:0|-?[1-9]\d{0,14})$/;

interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
}

export function fromTexts(schema: TSchema, query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return query;
  const { properties = {} } = schema as Shape;
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      fromText(Object.hasOwn(properties, name) ? properties[name] : {}, value),
    ]),
  );
}

function fromText({ type }: Shape = {}, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'array') return [value];
  return type === 'integer' && WHOLE_NUMBER.test(value) ? Number(value) : value;
}
