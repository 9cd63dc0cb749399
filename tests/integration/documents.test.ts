// The documents of the interfaces, as validators and linters of others take them.

import { asyncApi } from '@agentcom/hub/gateway/http/asyncapi';
import { openApi } from '@agentcom/hub/gateway/http/openapi';
import specs from '@asyncapi/specs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';

/** As it is served. */
const asServed = (document: object) => JSON.parse(JSON.stringify(document)) as Record<string, unknown>;

test('the OpenAPI document is one by the schema of OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(asServed(openApi('1.0.0')));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test('a common linter finds nothing in the OpenAPI document', async () => {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const found = await lintFromString({ source: JSON.stringify(openApi('1.0.0')), config });
  // The way to an identity provider and back is redirects alone.
  const real = found.filter(
    ({ ruleId, location }) =>
      !(ruleId === 'operation-2xx-response' && /sign-in~1oidc/.test(location[0]?.pointer ?? '')),
  );
  expect(real.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`)).toEqual([]);
});

test('the AsyncAPI document is one by the schema of AsyncAPI 3.0', () => {
  // It brings its meta-schema along.
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats.default(ajv);
  const validate = ajv.compile(asServed(specs.schemas['3.0.0']));
  validate(asServed(asyncApi('1.0.0')));
  expect(validate.errors ?? []).toEqual([]);
});
