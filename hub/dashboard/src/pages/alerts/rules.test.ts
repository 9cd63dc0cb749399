import { expect, test } from 'vitest';
import { ApiError } from '../../api/problem.js';
import { fieldsOfRule, ruleNamed, rulePatch } from './rules.js';

const before = { enabled: true, severity: 'warn', forSeconds: 60, waitSeconds: 900 };

test('a rule is found by its name, and nothing else is one', () => {
  expect(ruleNamed('NoAgents')?.severity).toBe('page');
  expect(ruleNamed('toString')).toBeUndefined();
});

test('only what was changed is sent, as the config has it', () => {
  const values = { enabled: 'yes', severity: 'warn', forSeconds: '1 min', waitSeconds: '15 min' };
  expect(rulePatch('QuestionWaiting', before, values)).toBeUndefined();
  expect(
    rulePatch('QuestionWaiting', before, {
      ...values,
      enabled: 'no',
      severity: 'page',
      waitSeconds: '30 s',
      other: '1',
    }),
  ).toEqual({
    enabled: false,
    severity: 'page',
    waitSeconds: 30,
  });
});

test('what a value cannot be is said beside its field, in its own unit', () => {
  const typed = (rule: string, key: string, text: string) => rulePatch(rule, { [key]: 7 }, { [key]: text });
  expect(() => typed('QuestionWaiting', 'waitSeconds', '1.5')).toThrow('must be a length of time');
  expect(() => typed('QuestionWaiting', 'waitSeconds', '8 d')).toThrow('must be from 1 s to 7 d');
  expect(() => typed('ApiErrors', 'warnBurnTenths', '0.5')).toThrow('must be from 1 × to 1,000 ×');
  expect(() => typed('ApiErrors', 'warnBurnTenths', '1.55')).toThrow('must be so many times');
  expect(typed('ApiErrors', 'warnBurnTenths', '14.4 ×')).toEqual({ warnBurnTenths: 144 });
  expect(typed('ApiErrors', 'allowedPerMille', '0.5 %')).toEqual({ allowedPerMille: 5 });
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
