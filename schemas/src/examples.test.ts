import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterEach, describe, expect, it } from 'vitest';
import { newAjv } from './ajv.js';
import { examplesByName } from './examples/index.js';
import { OWN_KEYWORDS } from './published.js';
import { opennessOf, publishedSchema, schemasByName } from './registry.js';
import { compiler } from './validate.js';

const compileInput = compiler('input');
const compileAnswer = compiler('answer');
const names = Object.keys(schemasByName);

/** One of each for all schemas, since the meta-schema takes longest to compile; emptied, so that none leans on one before it. */
const publishedAjv = newAjv('input', false, true);
const ordinaryAjv = new Ajv2020({ strict: true, allowUnionTypes: true });
addFormats.default(ordinaryAjv);
ordinaryAjv.addVocabulary([...Object.values(OWN_KEYWORDS), 'x-format']);
afterEach(() => {
  for (const ajv of [publishedAjv, ordinaryAjv]) ajv.removeSchema();
});

/** Any JSON, or the settings of a channel, which its kind checks. */
const FREE: ReadonlySet<string> = new Set(['data', 'settings']);

function schemaOf(name: string) {
  const schema = schemasByName[name];
  if (schema === undefined) throw new Error(`schema ${name} not found`);
  return schema;
}

it('has examples, good and bad, for every schema and for nothing else', () => {
  expect(Object.keys(examplesByName).sort()).toEqual([...names].sort());
  for (const [name, examples] of Object.entries(examplesByName)) {
    expect(examples.valid.length, name).toBeGreaterThan(0);
    expect(examples.invalid.length, name).toBeGreaterThan(0);
  }
});

describe.each(names)('%s', (name) => {
  const validate = compileInput(schemaOf(name));
  const examples = examplesByName[name] ?? { valid: [], invalid: [] };

  it('accepts its good examples', () => {
    for (const value of examples.valid) expect(validate(value)).toEqual({ ok: true, value });
  });

  it('refuses its bad examples, naming the field', () => {
    for (const { path, value } of examples.invalid) {
      const validated = validate(value);
      const said = validated.ok ? 'accepted' : validated.details.map((detail) => detail.path);
      expect(said, JSON.stringify(value).slice(0, 300)).toContain(path);
    }
  });

  it('names each field of a good example that is given a value of another kind', () => {
    for (const good of examples.valid.filter(isRecord)) {
      for (const field of Object.keys(good).filter((key) => !FREE.has(key))) {
        for (const wrong of [{ unexpected: true }, true, ['x', 1, {}], -0.5]) {
          if (sameKind(wrong, good[field])) continue;
          const validated = validate({ ...good, [field]: wrong });
          const said = validated.ok ? [] : validated.details.map((detail) => detail.path);
          expect(
            said.some((path) => path === `/${field}` || path.startsWith(`/${field}/`)),
            `${field}: ${said}`,
          ).toBe(true);
        }
      }
    }
  });

  // What others add to, such as an identity provider to its answer, is open.
  const takesMore = (schemaOf(name) as { readonly additionalProperties?: unknown }).additionalProperties === true;
  it.skipIf(takesMore)('is closed as input, and takes an answer that says more', () => {
    for (const good of examples.valid.filter(isRecord)) {
      const more = { ...good, addedLater: { by: 'a newer hub' } };
      expect(validate(more)).toMatchObject({ ok: false, details: [{ path: '/addedLater' }] });
      expect(compileAnswer(schemaOf(name))(structuredClone(more))).toEqual({ ok: true, value: good });
    }
  });

  it('is JSON Schema 2020-12 when published, and means the same then', () => {
    const compiled = publishedAjv.compile(JSON.parse(JSON.stringify(publishedSchema(name))));
    const isOpen = opennessOf(schemaOf(name)) === 'open';
    const read = compileAnswer(schemaOf(name));
    for (const value of examples.valid) expect(compiled(value)).toBe(true);
    for (const { value } of examples.invalid) expect(compiled(value)).toBe(isOpen && read(structuredClone(value)).ok);
    for (const good of examples.valid.filter(isRecord))
      expect(compiled({ ...good, addedLater: 1 })).toBe(isOpen || takesMore);
  });

  it('has a published form that an ordinary validator takes, and that takes the good examples', () => {
    const compiled = ordinaryAjv.compile(JSON.parse(JSON.stringify(publishedSchema(name))));
    for (const value of examples.valid) expect(compiled(value), JSON.stringify(compiled.errors)).toBe(true);
  });
});

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Values that a field could rightly have. */
function sameKind(wrong: unknown, right: unknown): boolean {
  return (
    typeof wrong === typeof right &&
    Array.isArray(wrong) === Array.isArray(right) &&
    !isRecord(right) &&
    !Array.isArray(right)
  );
}

it('publishes nothing under names that are not its own', () => {
  expect(publishedSchema('constructor')).toBeUndefined();
  expect(publishedSchema('__proto__')).toBeUndefined();
  expect(publishedSchema('TaskSpec')).toMatchObject({ $id: '/api/v1/schemas/TaskSpec', type: 'object' });
});
