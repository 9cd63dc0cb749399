// What open pages cost the hub: the same lifecycles with no page, with twenty that look at nothing, and with twenty that look, in turn.

import type { LiveView } from '@agentcom/schemas';
import type { Hub } from '../support/hub.js';
import type { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import { median, rounded } from './figures.js';
import { hubRig } from './lifecycle.js';
import type { PageLoad } from './page-load.js';
import type { Row } from './part.js';

const PAGES = 20;
const OPEN_TIMEOUT_MS = 60_000;
const WARM_UP_ROUNDS = 3;
const GOAL_RATIO = 0.95;
const OVERVIEW: LiveView = { kind: 'overview' };
/** As the pages ask for them; each list with a query of its own, so that none is looked at with another. */
const VIEWS: readonly LiveView[] = [
  { kind: 'tasks', limit: 200 },
  { kind: 'tasks', limit: 200, q: 'state:queued,working' },
  { kind: 'tasks', limit: 200, q: 'state:completed', sort: 'ended' },
  { kind: 'tasks', limit: 200, q: 'lane:urgent' },
  { kind: 'needs-you', limit: 500 },
  { kind: 'agents', limit: 5_000 },
  { kind: 'agents', limit: 5_000, q: 'state:working' },
  { kind: 'dead-letters', limit: 200 },
  { kind: 'alerts', sort: 'severity', limit: 200 },
  { kind: 'costs', limit: 1 },
];
const KINDS = ['none', 'open', 'looking'] as const;
type Kind = (typeof KINDS)[number];

interface Round {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

export interface PagesCost {
  readonly rounds: Readonly<Record<Kind, readonly Round[]>>;
  /** Of all pages, while they looked. */
  readonly framesPerRound: number;
  readonly mibPerRound: number;
}

export async function pagesCost(
  sandbox: Sandbox,
  hub: Hub,
  quick: boolean,
  say: (text: string) => void,
): Promise<PagesCost> {
  const jobs = quick ? 500 : 5_000;
  const turns = quick ? 1 : 9;
  const rig = await hubRig(sandbox, hub);
  const pages = new Agents<PageLoad>(sandbox, new URL('./page-load.js', import.meta.url));
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await rig(jobs, `warm-up-${round}`);
  const rounds: Record<Kind, Round[]> = { none: [], open: [], looking: [] };
  const heard: { frames: number; bytes: number }[] = [];
  for (let turn = 1; turn <= turns; turn++) {
    // Whatever changes while they run favours none of them.
    for (const kind of turn % 2 === 1 ? KINDS : KINDS.toReversed()) {
      await pages.do('open', { url: hub.url, key: hub.key, pages: pagesOf(kind) }, OPEN_TIMEOUT_MS);
      const { perSecond, cpuMicros } = await rig(jobs, `pages-${turn}-${kind}`);
      const came = await pages.do('close', null, OPEN_TIMEOUT_MS);
      if (kind === 'looking') heard.push(came);
      rounds[kind].push({ perSecond: rounded(perSecond), cpuMicros: rounded(cpuMicros) });
    }
    say(`turn ${turn} of ${turns}: ${KINDS.map((kind) => `${kind} ${rounds[kind].at(-1)?.perSecond}/s`).join(', ')}`);
  }
  await pages.end();
  return {
    rounds,
    framesPerRound: rounded(median(heard.map(({ frames }) => frames))),
    mibPerRound: rounded(median(heard.map(({ bytes }) => bytes)) / 1024 ** 2, 1),
  };
}

function pagesOf(kind: Kind): LiveView[][] {
  if (kind === 'none') return [];
  const look = (i: number): LiveView[] => [OVERVIEW, VIEWS[i % VIEWS.length] as LiveView];
  return Array.from({ length: PAGES }, (_, i) => (kind === 'open' ? [] : look(i)));
}

export function costRows({ rounds, framesPerRound, mibPerRound }: PagesCost): Row[] {
  const ratio = (kind: Kind, field: keyof Round): number =>
    rounded(median(rounds[kind].map((round, turn) => round[field] / (rounds.none[turn]?.[field] ?? Number.NaN))), 2);
  const row = (what: string, kind: Kind): Row => ({
    what: `lifecycles a second with ${what}, to those with no page; CPU of the hub`,
    value: `${ratio(kind, 'perSecond')} ×; ${ratio(kind, 'cpuMicros')} ×`,
    goal: `≥ ${GOAL_RATIO} ×`,
    met: ratio(kind, 'perSecond') >= GOAL_RATIO,
  });
  const perSecond = rounded(median(rounds.none.map((round) => round.perSecond)));
  return [
    { what: 'lifecycles a second with no page', value: `${perSecond} /s` },
    row(`${PAGES} pages that look at nothing`, 'open'),
    row(`${PAGES} open pages`, 'looking'),
    { what: 'sent to them in one round', value: `${framesPerRound} frames, ${mibPerRound} MiB` },
  ];
}
