import { expect, test } from 'vitest';
import { openApi } from './openapi.js';

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly headers?: object }>>;
}

const { paths } = openApi('1.2.3') as { paths: Record<string, Record<string, Operation>> };

function operation(method: string, path: string): Operation {
  const found = paths[path]?.[method];
  if (found === undefined) throw new Error(`there is no ${method} ${path}`);
  return found;
}

const headersOf = ({ parameters }: Operation) =>
  parameters.filter((one) => one.in === 'header').map(({ name }) => name);
const answered = ({ responses }: Operation, status: number) => Object.keys(responses[status]?.headers ?? {});

test.each([
  ['patch', '/api/v1/config', ['If-Match']],
  ['put', '/api/v1/limits/{scope}', ['If-Match']],
  ['put', '/api/v1/notifications/routes', ['If-Match']],
  ['get', '/api/v1/config', []],
  ['get', '/api/v1/tasks/{id}/output', ['Last-Event-ID']],
  ['get', '/join/agentcom.mjs', ['If-None-Match']],
  ['post', '/api/v1/tasks', ['Idempotency-Key']],
  ['post', '/api/v1/enrol', ['Idempotency-Key']],
])('%s %s reads the headers %j', (method, path, names) => {
  expect(headersOf(operation(method, path))).toEqual(names);
});

test.each([
  ['get', '/api/v1/config', 200, ['AgentCom-Seq', 'ETag']],
  ['patch', '/api/v1/config', 200, ['AgentCom-Seq', 'ETag']],
  ['get', '/api/v1/limits/{scope}', 200, ['AgentCom-Seq', 'ETag']],
  ['put', '/api/v1/limits/{scope}', 200, ['AgentCom-Seq', 'ETag']],
  ['get', '/api/v1/notifications/routes', 200, ['AgentCom-Seq', 'ETag']],
  ['put', '/api/v1/notifications/routes', 200, ['AgentCom-Seq', 'ETag']],
  ['post', '/api/v1/tasks', 201, ['AgentCom-Seq', 'Location']],
  ['get', '/join/agentcom.mjs', 200, ['ETag']],
  ['get', '/join/agentcom.mjs', 304, ['ETag']],
  ['get', '/livez', 200, []],
])('%s %s answers %i with the headers %j', (method, path, status, names) => {
  expect(answered(operation(method, path), status)).toEqual(names);
});

test('whatever needs a key can be asked to wait for a batch of the journal', () => {
  const hasMinSeq = (one: Operation) =>
    one.parameters.some(({ name, in: place }) => name === 'minSeq' && place === 'query');
  expect(hasMinSeq(operation('get', '/api/v1/tasks/{id}'))).toBe(true);
  expect(hasMinSeq(operation('get', '/livez'))).toBe(false);
});
