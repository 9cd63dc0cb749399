// The faults that the tests of bad input are made of really are faults, and cover every part.

import { compile, sidecarFrames } from '@agentcom/schemas';
import { describe, expect, test } from 'vitest';
import { validFrames } from '../fixtures/valid-input.js';
import { faultsOf, partsLeftOut, type Shape } from './faults.js';

const frames = Object.entries(sidecarFrames) as [keyof typeof sidecarFrames, (typeof sidecarFrames)['task.submit']][];

describe('the faults of a frame', () => {
  test.each(frames)('%s are refused by its schema, and the value they spoil is not', (type, schema) => {
    const validate = compile(schema);
    const valid = { type, id: 'id', ...validFrames[type] };
    expect(validate(valid)).toMatchObject({ ok: true });
    for (const { what, path, value } of faultsOf(shapeOf(schema), valid)) {
      const isDecodersWork = what === 'nested too deeply';
      if (!isDecodersWork) expect(validate(value).ok, `${path} ${what}`).toBe(false);
    }
  });

  test('are of every kind', () => {
    const all = [
      ...faultsOf(shapeOf(sidecarFrames['task.submit']), {
        type: 'task.submit',
        id: 'id',
        ...validFrames['task.submit'],
      }),
    ];
    const kinds = new Set(all.map(({ what }) => what));
    for (const kind of ['missing', 'extra', 'huge', 'empty', 'too many', 'too small', 'not whole', 'of type null']) {
      expect(kinds).toContain(kind);
    }
    expect(all.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/repo/url', '/needs/0', '/labels/team', '/unexpected']),
    );
  });
});

test('a part that the valid value lacks is named', () => {
  const shape: Shape = {
    properties: { a: { type: 'string' }, b: { type: 'array', items: { properties: { c: {} } } } },
  };
  expect(partsLeftOut(shape, { a: 'x', b: [{}] })).toEqual(['/b/0/c']);
  expect(partsLeftOut(shape, { b: [{ c: 1 }] })).toEqual(['/a']);
});

function shapeOf(schema: unknown): Shape {
  return schema as Shape;
}
