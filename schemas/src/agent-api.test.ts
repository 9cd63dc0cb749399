import { expect, it } from 'vitest';
import { agentAnswers, agentRequests } from './agent-api.js';
import { newAjv } from './ajv.js';

it.each(Object.entries(agentRequests))('the request %s is a schema that ajv compiles strictly', (_, schema) => {
  expect(newAjv('input', false, true).compile(schema)).toBeTypeOf('function');
});

it.each(Object.entries(agentAnswers))('the answer to %s is a schema that ajv compiles strictly', (_, schema) => {
  expect(newAjv('answer', false, true).compile(schema)).toBeTypeOf('function');
});
