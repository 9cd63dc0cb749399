// How long others' tasks take while one caller floods the hub, relative to when none does: quiet and flooded in turn, with the limits as shipped.

import { FLOODS } from '../support/floods.js';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import { enrolMany } from './enrol.js';
import { percentile, rounded } from './figures.js';
import type { FloodLoad } from './flood-load.js';
import type { IsolationLoad } from './isolation-load.js';
import type { Part, Row } from './part.js';

const PER_SECOND = 50;
/** So many that none of them comes near its limit. */
const SUBMITTERS = 100;
const WORKERS = 8;
const QUIET_SECONDS = 2;
const FLOODED_SECONDS = 4;
const GOAL_RATIO = 2;
const TIMEOUT_MS = 60_000;

export const isolation: Part = {
  name: 'isolation',
  about: `p99 of a whole task at ${PER_SECOND} tasks per second, quiet and with one caller that floods the hub`,
  async run({ quick, say }) {
    const sandbox = new Sandbox();
    try {
      const hub = await startHub(sandbox, { shippedLimits: true });
      // There is one organisation here, and what is measured is what one of its callers does to another.
      await hub.api.need('PATCH', '/config', { limits: { organisationShare: 1_000 } });
      const load = new Agents<IsolationLoad>(sandbox, new URL('./isolation-load.js', import.meta.url));
      const submitters = await enrolMany(hub.api, 'submitter', SUBMITTERS);
      const workers = await enrolMany(hub.api, 'worker', WORKERS, 10);
      await load.do('open', { url: hub.url, submitters, workers }, TIMEOUT_MS);
      const measure = async (seconds: number, run: string): Promise<number[]> =>
        (await load.do('measure', { perSecond: PER_SECOND, seconds: quick ? 1 : seconds, run }, TIMEOUT_MS))
          .latenciesMs;
      await measure(4, 'warm-up');
      const quiet: number[] = [];
      const flooded = new Map<string, number[]>();
      for (const name of Object.keys(FLOODS)) {
        const flood = await flooder(sandbox, hub, name);
        quiet.push(...(await measure(QUIET_SECONDS, `before-${flood.slug}`)));
        await flood.start();
        flooded.set(name, await measure(FLOODED_SECONDS, flood.slug));
        say(`${name}: the flooder heard ${JSON.stringify(await flood.stop())}`);
      }
      await hub.stop();
      return told(quiet, flooded);
    } finally {
      await sandbox.close();
    }
  },
};

async function flooder(sandbox: Sandbox, hub: Hub, name: string) {
  const slug = name.toLowerCase().replaceAll(' ', '-');
  const { key } = await hub.api.need<{ key: string }>('POST', '/keys', { role: 'submitter', name: slug });
  const [machine] = await enrolMany(hub.api, `flood-${slug}`, 1, 20);
  if (machine === undefined) throw new Error('the flooder was not enrolled');
  const load = new Agents<FloodLoad>(sandbox, new URL('./flood-load.js', import.meta.url));
  return {
    slug,
    start: () => load.do('start', { name, attacker: { url: hub.url, key, machine } }, TIMEOUT_MS),
    stop: async () => {
      const heard = await load.do('stop', null, TIMEOUT_MS);
      await load.end();
      return heard;
    },
  };
}

function told(quiet: readonly number[], flooded: ReadonlyMap<string, number[]>) {
  const p99 = (times: readonly number[]): number => rounded(percentile(times, 0.99), 1);
  const quietMs = p99(quiet);
  const rows: Row[] = [{ what: 'a whole task, p99, quiet', value: `${quietMs} ms` }];
  const ratios: Record<string, number> = {};
  for (const [name, times] of flooded) {
    const ratio = rounded(percentile(times, 0.99) / percentile(quiet, 0.99), 2);
    ratios[name] = ratio;
    rows.push({
      what: `the same under a flood of ${name}`,
      value: `${p99(times)} ms, ${ratio} ×`,
      goal: `≤ ${GOAL_RATIO} ×`,
      met: ratio <= GOAL_RATIO,
    });
  }
  return { rows, json: { isolation: { quietMs, ratios, quietTasks: quiet.length, perSecond: PER_SECOND } } };
}
