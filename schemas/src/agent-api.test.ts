import { expect, it } from 'vitest';
import { agentAnswers, agentRequests } from './agent-api.js';
import { newAjv } from './ajv.js';
import { published } from './published.js';

it.each(Object.entries(agentRequests))('the request %s is a schema that ajv compiles strictly', (_, schema) => {
  expect(newAjv('input', false, true).compile(published(schema, 'closed'))).toBeTypeOf('function');
});

it.each(Object.entries(agentAnswers))('the answer to %s is a schema that ajv compiles strictly', (_, schema) => {
  expect(newAjv('answer', false, true).compile(published(schema, 'closed'))).toBeTypeOf('function');
});
