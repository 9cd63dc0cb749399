// A flipped bit in the journal under a hub that serves, found when its nats-server restarts.

import { expect, test } from 'vitest';
import { startHub } from '../support/hub.js';
import { natsPid } from '../support/nats-process.js';
import { connectedAgent } from '../support/on-hub.js';
import { flipBit, refusalIn, refusedStart, submitEach } from '../support/store-faults.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually, within } from '../support/wait.js';

test.for([
  { where: 'the middle', text: 'live-3.' },
  { where: 'the last message', text: '"events"' },
])('in $where: the hub ends before it says anything wrong', async (place) => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const ids = await submitEach(hub.api, 8, 'live');
  const agent = await connectedAgent(hub);
  const end = flipBit(hub.dataDir, place);
  process.kill(natsPid(hub), 'SIGKILL');
  const answers = new Set<number>();
  const asking = eventually('the end of the hub', 60_000, async () => {
    if (hub.child.hasEnded) return true;
    for (const id of ids) answers.add((await hub.api.call('GET', `/tasks/${id}`)).status);
    return undefined;
  });
  expect((await within(hub.child.ended, 60_000, 'the end of the hub')).code).toBe(78);
  await asking;
  await agent.closed;
  expect([...answers].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  const said = refusalIn(hub.child.tail);
  expect(said.message).toContain('agentcom backup restore FILE --replace');
  expect(said.end).toBe(end);
  expect((await refusedStart(sandbox, hub.dataDir)).end).toBe(end);

  const again = await startHub(sandbox, { args: ['--accept-journal-end', end] });
  for (const id of ids.slice(0, 3)) expect((await again.api.task(id)).state).toBe('queued');
  expect((await again.stop()).code).toBe(0);
});
