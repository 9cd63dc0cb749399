import { Config } from '@agentcom/schemas';
import { CONFIG_VALUES } from '@agentcom/schemas/runtime-config';
import { expect, test } from 'vitest';
import { ApiError } from '../../api/problem.js';
import { byField, changesOf, isFound, patchOf, type Shape, valueAt, valuesOf } from './config-values.js';

const SHAPE = {
  properties: {
    tasks: {
      properties: {
        maxOffers: { description: 'Offers before a task is dead.', default: 20, minimum: 1, maximum: 1000 },
        mayAgentsSubmit: { description: 'Whether agents may submit.', default: true },
      },
    },
    log: {
      properties: { level: { description: 'How much is logged.', default: 'default', enum: ['default', 'info'] } },
    },
  },
};
const VALUES = valuesOf(SHAPE);
const BEGAN = { tasks: { maxOffers: 30, mayAgentsSubmit: true }, log: { level: 'default' } };
const AS_IT_WAS = { 'tasks.maxOffers': '30', 'tasks.mayAgentsSubmit': 'true', 'log.level': 'default' };

test('every value of the schema has its help, default and bounds', () => {
  expect(VALUES.map(({ key }) => key)).toEqual(['tasks.maxOffers', 'tasks.mayAgentsSubmit', 'log.level']);
  expect(VALUES[0]).toEqual({
    key: 'tasks.maxOffers',
    help: 'Offers before a task is dead.',
    byDefault: 20,
    minimum: 1,
    maximum: 1000,
  });
  expect(valueAt(BEGAN, 'log.level')).toBe('default');
});

test('only what was changed is sent, and what was emptied gets its default back', () => {
  expect(changesOf(VALUES, BEGAN, AS_IT_WAS).size).toBe(0);
  const { 'tasks.maxOffers': _, ...rest } = AS_IT_WAS;
  const changes = changesOf(VALUES, BEGAN, { ...rest, 'tasks.mayAgentsSubmit': 'false', 'log.level': 'info' });
  expect(patchOf(changes)).toEqual({ tasks: { maxOffers: null, mayAgentsSubmit: false }, log: { level: 'info' } });
});

test('a value that is the default already and was emptied is no change', () => {
  expect(
    changesOf(
      VALUES,
      { ...BEGAN, tasks: { maxOffers: 20, mayAgentsSubmit: true } },
      {
        'tasks.mayAgentsSubmit': 'true',
        'log.level': 'default',
      },
    ).size,
  ).toBe(0);
});

test('a value that is not a whole number gets an error beside its field', () => {
  const typed = { ...AS_IT_WAS, 'tasks.maxOffers': '1.5' };
  expect(() => changesOf(VALUES, BEGAN, typed)).toThrow('must be a whole number');
});

test('what the hub says of a value stands beside its field', () => {
  const said = new ApiError('request.invalid', 400, 'no', new Map([['/tasks/maxOffers', 'must be at most 1000']]));
  expect([...byField(said).fields]).toEqual([['/tasks.maxOffers', 'must be at most 1000']]);
});

test('a value is found by any words of its key and its help', () => {
  expect(VALUES.filter((value) => isFound(value, 'OFFERS dead')).map(({ key }) => key)).toEqual(['tasks.maxOffers']);
});

test('the form has every value of the config', () => {
  expect(valuesOf(Config as Shape).map(({ key }) => key)).toEqual(CONFIG_VALUES.map(({ key }) => key));
});
