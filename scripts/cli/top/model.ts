// What `agentcom top` knows: the rows that the hub sends, what is selected, and what the person is doing. Values alone; every change makes a
// new one.

import type { AlertView, LiveAgent, LiveNeed, LiveOverview, TaskSummary } from '@agentcom/schemas';
import type { ConnectionState, HubSaid } from '@agentcom/schemas/live-connection';
import type { Action } from '@agentcom/schemas/names';
import { rowOrder } from '@agentcom/schemas/query';

/** The views that it looks at. */
export interface TopRows {
  readonly overview: LiveOverview;
  readonly needs: LiveNeed;
  readonly alerts: AlertView;
  readonly agents: LiveAgent;
  readonly tasks: TaskSummary;
}
export type TopView = keyof TopRows;

export interface Rows<Row> {
  readonly rows: ReadonlyMap<string, Row>;
  readonly total: number | undefined;
  /** Why the hub shows none of it. */
  readonly refused?: string;
}

export const SECTIONS = ['needs', 'alerts', 'agents'] as const;
export type Section = (typeof SECTIONS)[number];

/** One row that something can be done with. */
export type Item =
  | { readonly section: 'needs'; readonly id: string; readonly row: LiveNeed }
  | { readonly section: 'alerts'; readonly id: string; readonly row: AlertView }
  | { readonly section: 'agents'; readonly id: string; readonly row: LiveAgent };

export type Mode =
  | { readonly kind: 'list' }
  | { readonly kind: 'help' }
  /** An answer is being typed. */
  | {
      readonly kind: 'answer';
      readonly task: string;
      readonly questionId: string;
      readonly title: string;
      readonly text: string;
    }
  | { readonly kind: 'cancel'; readonly task: string; readonly title: string };

export interface Notice {
  readonly text: string;
  readonly tone: 'good' | 'bad';
  /** Until when it stays, ms; one that says what failed stays until the next key. */
  readonly until?: number;
}

export interface TopState {
  readonly hub: string;
  readonly org: string;
  readonly may: ReadonlySet<Action>;
  readonly connection: ConnectionState;
  /** Since when it is away, ms. */
  readonly awaySince: number | undefined;
  readonly said: HubSaid | undefined;
  readonly views: { readonly [View in TopView]: Rows<TopRows[View]> | undefined };
  /** As the person saw it last: where it has gone, its place is taken by the next. */
  readonly selected: { readonly section: Section; readonly id: string; readonly index: number } | undefined;
  readonly mode: Mode;
  readonly notice: Notice | undefined;
  /** What the hub has been asked to do and has not answered, by the id of the row. */
  readonly busy: ReadonlySet<string>;
}

export function firstState(hub: string, org: string, may: readonly Action[]): TopState {
  return {
    hub,
    org,
    may: new Set(may),
    connection: 'connecting',
    awaySince: undefined,
    said: undefined,
    views: { overview: undefined, needs: undefined, alerts: undefined, agents: undefined, tasks: undefined },
    selected: undefined,
    mode: { kind: 'list' },
    notice: undefined,
    busy: new Set(),
  };
}

export interface SnapshotOf {
  readonly items: readonly { readonly id: string }[];
  readonly total?: number | undefined;
}

export function withSnapshot(state: TopState, view: TopView, { items, total }: SnapshotOf): TopState {
  return withRows(state, view, { rows: new Map(items.map((row) => [row.id, row])), total });
}

export interface DeltaOf {
  readonly put: readonly { readonly id: string }[];
  readonly gone: readonly string[];
  readonly total?: number | undefined;
}

export function withDelta(state: TopState, view: TopView, { put, gone, total }: DeltaOf): TopState {
  const before = state.views[view];
  const rows = new Map<string, { readonly id: string }>(before?.rows);
  for (const id of gone) rows.delete(id);
  for (const row of put) rows.set(row.id, row);
  return withRows(state, view, { rows, total: total ?? before?.total });
}

export function withRefusal(state: TopState, view: TopView, refused: string): TopState {
  return withRows(state, view, { rows: new Map(), total: undefined, refused });
}

/** The hub has another journal: what was seen of the one before means nothing. */
export function withReset(state: TopState, view: TopView): TopState {
  return { ...state, views: { ...state.views, [view]: undefined } };
}

function withRows(state: TopState, view: TopView, rows: Rows<{ readonly id: string }>): TopState {
  return followed({ ...state, views: { ...state.views, [view]: rows } });
}

const BACK_MS = 6_000;

/** What is shown stays while the hub is away; that it is back is said. */
export function withConnection(
  state: TopState,
  connection: ConnectionState,
  said: HubSaid | undefined,
  now: number,
): TopState {
  const isAway = connection === 'reconnecting';
  const isBack = state.awaySince !== undefined && connection === 'live';
  return {
    ...state,
    connection,
    said,
    awaySince: isAway ? (state.awaySince ?? now) : undefined,
    notice: isBack
      ? { text: 'The hub is back; this is up to date.', tone: 'good', until: now + BACK_MS }
      : state.notice,
  };
}

/** The rows of a section, in the order in which they are shown. */
export function itemsOf({ views }: TopState, section: Section): readonly Item[] {
  switch (section) {
    case 'needs':
      return [...(views.needs?.rows.values() ?? [])]
        .sort(MOST_URGENT_FIRST)
        .map((row) => ({ section, id: row.id, row }));
    case 'alerts':
      return [...(views.alerts?.rows.values() ?? [])]
        .filter(({ id }) => !isWithNeeds(views.needs, id))
        .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || older(a, b))
        .map((row) => ({ section, id: row.id, row }));
    case 'agents':
      return [...(views.agents?.rows.values() ?? [])]
        .sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.name < b.name ? -1 : 1))
        .map((row) => ({ section, id: row.id, row }));
  }
}

const MOST_URGENT_FIRST = rowOrder('needs-you', { key: 'urgency', descending: false });
const SEVERITIES: readonly AlertView['severity'][] = ['page', 'warn', 'info'];
const STATES: readonly LiveAgent['state'][] = ['blocked', 'working', 'assigned', 'idle', 'offline'];

/** Whether the alert has the cause of a row above, which shows it. */
function isWithNeeds(needs: Rows<LiveNeed> | undefined, alert: string): boolean {
  return [...(needs?.rows.values() ?? [])].some((need) => need.alert?.id === alert);
}

function older(a: { readonly since: string; readonly id: string }, b: typeof a): number {
  return Date.parse(a.since) - Date.parse(b.since) || (a.id < b.id ? -1 : 1);
}

/** All that can be selected, from top to bottom. */
export function allItems(state: TopState): readonly Item[] {
  return SECTIONS.flatMap((section) => itemsOf(state, section));
}

export function selectedItem(state: TopState): Item | undefined {
  const { selected } = state;
  return selected && allItems(state).find(({ section, id }) => section === selected.section && id === selected.id);
}

/** Rows came and went: what was selected stays so, wherever it is now; where it has gone, the one that took its place is. */
function followed(state: TopState): TopState {
  const all = allItems(state);
  const { selected } = state;
  const at = all.findIndex(({ section, id }) => section === selected?.section && id === selected.id);
  if (at >= 0) return withSelected(state, all, at);
  return withSelected(state, all, Math.min(selected?.index ?? 0, all.length - 1));
}

export function withSelected(state: TopState, all: readonly Item[], index: number): TopState {
  const item = all[index];
  return { ...state, selected: item && { section: item.section, id: item.id, index } };
}
