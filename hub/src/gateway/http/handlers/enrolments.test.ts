import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHub } from '../fixture.js';

let hub: TestHub;

beforeEach(async () => {
  hub = await TestHub.start();
});

afterEach(() => hub.stop());

test('an enrolment token has a beginning by which it is known for one, and can be used', async () => {
  const key = (await hub.key('owner')).secret;
  const made = await hub.call('POST', '/enrolments', { key, body: {} });
  const { token, joinCommand } = made.body as { token: string; joinCommand: string };
  expect(token).toMatch(/^ace_[A-Za-z0-9_-]{32}$/);
  expect(joinCommand.startsWith(`AGENTCOM_TOKEN=${token} `)).toBe(true);
  const body = { token, keyHash: 'a'.repeat(64), name: 'tern', capabilities: [], host: 'box', os: 'linux' };
  expect((await hub.call('POST', '/enrol', { body })).body).toMatchObject({ agent: 'tern' });
});
