import { expect, it } from 'vitest';
import * as ours from './mcp-platform.js';

it('stands in for all that the SDK takes from its platform', async () => {
  const theirs = await import('@modelcontextprotocol/server/_shims' as string);
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
});

it('checks nothing, and says so when it is asked to', () => {
  expect(() => new ours.DefaultJsonSchemaValidator().getValidator()).toThrow('there is no validator');
});
