// How long tasks take while one caller of their organisation, or another organisation with as many callers as count for it, floods the hub,
// relative to when nobody does: quiet and flooded in turn, with the limits as shipped but for those of setting up.

import { defaultConfig } from '@agentcom/hub/core/config/config';
import type { HubApi, Machine } from '../support/api.js';
import { type Attacker, FLOODS } from '../support/floods.js';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import { enrolMany } from './enrol.js';
import { median, percentile, rounded } from './figures.js';
import type { FloodLoad } from './flood-load.js';
import type { IsolationLoad } from './isolation-load.js';
import { createOrganisation } from './organisations.js';
import type { Part, Row } from './part.js';

const PER_SECOND = 50;
/** So many that none of them, and no organisation, comes near its limits. */
const ORGANISATIONS = 4;
const SUBMITTERS_EACH = 25;
const WORKERS_EACH = 2;
/** As many callers as the limits of an organisation are times those of one caller. */
const CROWD = defaultConfig.values.limits.organisationShare;
/** Of which the median counts: what else the machine did in one of them does not. Each has the beginning of a flood in it. */
const ROUNDS = 3;
const QUIET_SECONDS = 3;
const FLOODED_SECONDS = 6;
const GOAL_RATIO = 2;
const TIMEOUT_MS = 60_000;
/** For setting up. */
const MANY = { perMinute: 1_000_000, burst: 1_000_000 };

export const isolation: Part = {
  name: 'isolation',
  about: `p99 of a whole task at ${PER_SECOND} tasks per second, quiet and while a caller or an organisation floods the hub`,
  async run({ quick, say }) {
    const sandbox = new Sandbox();
    try {
      const hub = await startHub(sandbox, { shippedLimits: true });
      await hub.api.need('PATCH', '/config', { limits: { admin: MANY, connects: MANY, enrolments: MANY } });
      const { submitters, workers, api } = await organisations(hub);
      const load = new Agents<IsolationLoad>(sandbox, new URL('./isolation-load.js', import.meta.url));
      await load.do('open', { url: hub.url, submitters, workers }, TIMEOUT_MS);
      const measure = async (seconds: number, run: string): Promise<number[]> =>
        (await load.do('measure', { perSecond: PER_SECOND, seconds: quick ? 1 : seconds, run }, TIMEOUT_MS))
          .latenciesMs;
      await measure(4, 'warm-up');
      const crowded = await createOrganisation(hub.api, 'crowd');
      const quiet: number[] = [];
      /** The p99 of each round, ms. */
      const flooded = new Map<string, number[]>();
      for (const name of Object.keys(FLOODS)) {
        for (const [who, from, count] of [
          ['one caller', api, 1],
          ['an organisation', crowded, CROWD],
        ] as const) {
          const what = `${name} by ${who}`;
          const flood = await flooder(sandbox, from, { name, count, lot: 20 + 10 * flooded.size });
          const rounds: number[] = [];
          for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
            quiet.push(...(await measure(QUIET_SECONDS, `before-${flood.slug}-${round}`)));
            await flood.start();
            rounds.push(percentile(await measure(FLOODED_SECONDS, `${flood.slug}-${round}`), 0.99));
            say(`${what}: heard ${JSON.stringify(await flood.stop())}`);
          }
          flooded.set(what, rounds);
          await flood.end();
        }
      }
      await hub.stop();
      return told(quiet, flooded);
    } finally {
      await sandbox.close();
    }
  },
};

/** `api` is that of the owner of one of them. */
async function organisations(hub: Hub): Promise<{ submitters: Machine[]; workers: Machine[]; api: HubApi }> {
  const made = await Promise.all(
    Array.from({ length: ORGANISATIONS }, (_, i) => createOrganisation(hub.api, `org-${i}`)),
  );
  const submitters: Machine[] = [];
  const workers: Machine[] = [];
  for (const [i, api] of made.entries()) {
    submitters.push(...(await enrolMany(api, `submitter-${i}`, SUBMITTERS_EACH, 4 * i + 2)));
    workers.push(...(await enrolMany(api, `worker-${i}`, WORKERS_EACH, 4 * i + 4)));
  }
  return { submitters, workers, api: made[0] as HubApi };
}

interface Flooding {
  readonly name: string;
  readonly count: number;
  readonly lot: number;
}

async function flooder(sandbox: Sandbox, from: HubApi, { name, count, lot }: Flooding) {
  const slug = `${name.toLowerCase().replaceAll(' ', '-')}-${count}`;
  const machines = await enrolMany(from, `flood-${slug}`, count, lot);
  const attackers: Attacker[] = [];
  for (const machine of machines) {
    const { key } = await from.need<{ key: string }>('POST', '/keys', { role: 'submitter', name: machine.name });
    attackers.push({ url: from.url, key, machine });
  }
  const load = new Agents<FloodLoad>(sandbox, new URL('./flood-load.js', import.meta.url));
  return {
    slug,
    start: () => load.do('start', { name, attackers }, TIMEOUT_MS),
    stop: () => load.do('stop', null, TIMEOUT_MS),
    end: () => load.end(),
  };
}

function told(quiet: readonly number[], flooded: ReadonlyMap<string, readonly number[]>) {
  const quietMs = percentile(quiet, 0.99);
  const rows: Row[] = [{ what: 'a whole task, p99, quiet', value: `${rounded(quietMs, 1)} ms` }];
  const ratios: Record<string, number[]> = {};
  for (const [name, rounds] of flooded) {
    const ratio = rounded(median(rounds) / quietMs, 2);
    const all = rounds.map((ms) => rounded(ms / quietMs, 2));
    ratios[name] = all;
    rows.push({
      what: `the same under a flood of ${name}`,
      value: `${ratio} × (${all.join(', ')})`,
      goal: `≤ ${GOAL_RATIO} ×`,
      met: ratio <= GOAL_RATIO,
    });
  }
  return { rows, json: { isolation: { quietMs, ratios, quietTasks: quiet.length, perSecond: PER_SECOND } } };
}
