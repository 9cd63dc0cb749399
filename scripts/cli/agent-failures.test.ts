import { expect, it } from 'vitest';
import { schemaHub } from './fixture.js';
import { runCommandLine } from './program.js';
import { KEY, TASK, testWorld } from './testing.js';

it('the failures of an agent are looked for in one answer, however few tasks it has', async () => {
  const hub = await schemaHub({ 'task.list': () => ({ status: 200, body: { items: [], nextCursor: TASK } }) });
  try {
    const world = testWorld({ env: { AGENTCOM_HUB: hub.url, AGENTCOM_KEY: KEY } });
    await runCommandLine(world, ['agent', 'show', 'duly-noted']);
    expect(hub.received.filter(({ url }) => url.includes('/tasks'))).toHaveLength(1);
  } finally {
    await hub.stop();
  }
});
