// A socket that never reads: it is let go, and costs the others nothing.

import { expect, test } from 'vitest';
import { startHub } from '../support/hub.js';
import { completion, connectedAgent, workingOn } from '../support/on-hub.js';
import { residentBytes } from '../support/process-list.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually, within } from '../support/wait.js';

/** Agents with long lists of capabilities make a long answer to a short question. */
const CROWD = 30;
const LONG_LIST = Array.from({ length: 64 }, (_, i) => `capability-${i}-`.padEnd(64, 'x'));
const REQUESTS = 200;
const MEANWHILE = 10;
const MOST_GROWTH_BYTES = 200 * 1024 ** 2;

test('a socket that never reads is let go with 4009, and the others are served', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const [steady, late, deaf] = [await connectedAgent(hub), await connectedAgent(hub), await connectedAgent(hub)];
  for (let i = 0; i < CROWD; i++) await hub.api.enrol(`crowd-${i}`, LONG_LIST);
  const before = residentBytes(hub.pid);
  for (const socket of [late, deaf]) {
    socket.pause();
    for (let i = 0; i < REQUESTS; i++) socket.send({ type: 'agents.list', id: `r${i}` });
  }
  for (let i = 0; i < MEANWHILE; i++) await steady.ok(completion(await workingOn(hub, steady)));
  // Whoever reads again soon enough is told why; whoever never does is cut off.
  late.resume();
  expect((await within(late.closed, 20_000, 'the close code')).code).toBe(4009);
  await eventually('the end of the deaf socket', 20_000, async () => {
    return (await hub.api.agent(deaf.machine.name)).connected ? undefined : true;
  });
  expect(residentBytes(hub.pid) - before).toBeLessThan(MOST_GROWTH_BYTES);
  await steady.ok(completion(await workingOn(hub, steady)));
  deaf.resume();
  expect((await hub.stop()).code).toBe(0);
});
