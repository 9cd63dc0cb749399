// Resident memory of a hub with 5,000 agents that are connected and idle.

import { startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import { counters } from './counters.js';
import { enrolMany } from './enrol.js';
import type { HubLoad } from './hub-load.js';
import type { Part } from './part.js';
import { residentMib } from './resident.js';

const OPEN_TIMEOUT_MS = 180_000;
const GOAL_MIB = 250;

export const sockets: Part = {
  name: 'sockets',
  about: 'memory with 5,000 idle sockets',
  async run({ quick }) {
    const count = quick ? 200 : 5_000;
    const sandbox = new Sandbox();
    try {
      const hub = await startHub(sandbox);
      const load = new Agents<HubLoad>(sandbox, new URL('./hub-load.js', import.meta.url));
      const machines = await enrolMany(hub.api, 'agent', count);
      await load.do('open', { url: hub.url, machines, capabilities: [] }, OPEN_TIMEOUT_MS);
      const [open] = await counters(hub.api, ['agentcom_sockets']);
      if (open !== count) throw new Error(`the hub has ${open} sockets open, not ${count}`);
      const idleSockets = await residentMib(hub.pid);
      await hub.stop();
      return {
        rows: [
          {
            what: `memory with ${count} idle sockets`,
            value: `${idleSockets} MiB`,
            goal: `≤ ${GOAL_MIB} MiB`,
            met: idleSockets <= GOAL_MIB,
          },
        ],
        json: { memory: { idleSockets, sockets: count } },
      };
    } finally {
      await sandbox.close();
    }
  },
};
