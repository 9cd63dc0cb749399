import { expect, test } from 'vitest';
import { ApiError } from '../../api/problem.js';
import { fieldsOfRule, ruleNamed, rulePatch } from './rules.js';

const before = { enabled: true, severity: 'warn', forSeconds: 60, waitSeconds: 900 };

test('a rule is found by its name, and nothing else is one', () => {
  expect(ruleNamed('NoAgents')?.severity).toBe('page');
  expect(ruleNamed('toString')).toBeUndefined();
});

test('only what was changed is sent, as the config has it', () => {
  const values = { enabled: 'yes', severity: 'warn', forSeconds: '60', waitSeconds: '900' };
  expect(rulePatch(before, values)).toBeUndefined();
  expect(rulePatch(before, { ...values, enabled: 'no', severity: 'page', waitSeconds: '30', other: '1' })).toEqual({
    enabled: false,
    severity: 'page',
    waitSeconds: 30,
  });
});

test('a value that is not a whole number gets an error beside its field', () => {
  expect(() => rulePatch(before, { waitSeconds: '1.5' })).toThrow('must be a whole number');
});

test('what the hub says of a value of the config stands beside its field', () => {
  const said = new ApiError(
    'request.invalid',
    400,
    'no',
    new Map([['/alerts/rules/QuestionWaiting/waitSeconds', 'must be >= 1']]),
  );
  expect([...fieldsOfRule(said).fields]).toEqual([['/waitSeconds', 'must be >= 1']]);
});
