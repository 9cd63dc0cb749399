// What work has cost, as sums that are kept where facts are applied: by organisation, day, and what the work was. Reading them costs no
// look at tasks, and tasks that have left memory still count.

import { TaskHistory } from './task-history.js';

/** What the work was, in this order; '' where that is not known or there is none. A label part is the JSON of the sorted labels. */
export type WorkParts = readonly [
  repo: string,
  agent: string,
  runner: string,
  model: string,
  labels: string,
  member: string,
];

/** The place of a part in them. */
const AGENT = 1;

/** Whole numbers, so that sums do not depend on their order. */
export interface Figures {
  /** Attempts that have ended. */
  attempts: number;
  /** Of these, those that nobody knows the cost of. */
  unknownCost: number;
  inputTokens: number;
  outputTokens: number;
  /** Of the tokens, those of attempts without a cost. */
  unpricedTokens: number;
  ms: number;
  /** In millionths, by currency. */
  readonly cost: Record<string, number>;
}

export interface LedgerRow extends Figures {
  /** Absent: everything for which there was no room. */
  readonly parts: WorkParts | undefined;
}

/** Of one organisation: distinct combinations of parts on one day; more are in one row without parts. */
export const ROWS_PER_DAY = 1_000;
/** Half of them are whoever's comes first; the rest are for agents that have fewer than so many. What an agent has beyond is in one row of its own. */
export const ROWS_PER_AGENT = 100;
/** Over all days; past that, the rows of the oldest days become one row each. */
export const ROWS_MAX = 20_000;
/** Days kept: a year, and the month that it is compared with. */
export const DAYS_KEPT = 400;

interface LedgerDay {
  readonly rows: Map<string, LedgerRow>;
  /** The row that each agent's newest work went to: its next is mostly like it. */
  readonly newest: Map<string, LedgerRow>;
  /** How many rows each agent has. */
  readonly byAgent: Map<string, number>;
  readonly total: Figures;
}

export class OrgLedger {
  /** By the number of the day since 1970, newest last. */
  readonly #days = new Map<number, LedgerDay>();
  #rows = 0;
  readonly history = new TaskHistory();

  *days(): Iterable<readonly [number, Iterable<LedgerRow>]> {
    for (const [day, { rows }] of this.#days) yield [day, rows.values()];
  }

  /** Without a look at rows. */
  *totals(): Iterable<readonly [number, Figures]> {
    for (const [day, { total }] of this.#days) yield [day, total];
  }

  /** Makes room for a new row where that is needed. */
  add(day: number, parts: WorkParts | undefined, more: Figures): void {
    const known = this.#days.get(day) ?? this.#begin(day);
    addFigures(this.#row(known, parts), more);
    addFigures(known.total, more);
  }

  /** Adds to where that was added before: its row, or the one it was folded into; to nothing once the day is forgotten. */
  correct(day: number, parts: WorkParts, more: Figures): void {
    const known = this.#days.get(day);
    if (known === undefined) return;
    const { rows } = known;
    const row = rows.get(keyOf(parts)) ?? rows.get(keyOf(restOf(parts[AGENT]))) ?? rows.get(keyOf(undefined));
    if (row === undefined) return;
    addFigures(row, more);
    addFigures(known.total, more);
  }

  #row(day: LedgerDay, parts: WorkParts | undefined): LedgerRow {
    const newest = parts && day.newest.get(parts[AGENT]);
    if (newest?.parts !== undefined && areSame(newest.parts, parts as WorkParts)) return newest;
    const row = this.#lookUp(day, parts);
    if (row.parts !== undefined) day.newest.set(row.parts[AGENT], row);
    return row;
  }

  #lookUp(day: LedgerDay, parts: WorkParts | undefined): LedgerRow {
    const { rows, byAgent } = day;
    const key = keyOf(parts);
    const known = rows.get(key);
    if (known !== undefined) return known;
    if (parts !== undefined && rows.size >= ROWS_PER_DAY) return this.#lookUp(day, undefined);
    if (parts !== undefined && hasItsShare(day, parts)) return this.#lookUp(day, restOf(parts[AGENT]));
    if (this.#rows >= ROWS_MAX) this.#foldOldest();
    const row = { parts, ...noFigures() };
    rows.set(key, row);
    if (parts !== undefined) countRow(byAgent, parts);
    this.#rows++;
    return row;
  }

  get firstDay(): number | undefined {
    return this.#days.keys().next().value;
  }

  /** Undefined where nothing was used on it. */
  on(day: number): { readonly rows: Iterable<LedgerRow>; readonly total: Readonly<Figures> } | undefined {
    const known = this.#days.get(day);
    return known === undefined ? undefined : { rows: known.rows.values(), total: known.total };
  }

  /** Of all that was spent on a day, whatever the currency. */
  costOn(day: number): number {
    let sum = 0;
    for (const micros of Object.values(this.#days.get(day)?.total.cost ?? {})) sum += micros;
    return sum;
  }

  restore(day: number, row: LedgerRow): void {
    const known = this.#days.get(day) ?? this.#begin(day);
    known.rows.set(keyOf(row.parts), { ...row, parts: row.parts, cost: { ...row.cost } });
    if (row.parts !== undefined) countRow(known.byAgent, row.parts);
    addFigures(known.total, row);
    this.#rows++;
  }

  #begin(day: number): LedgerDay {
    const begun: LedgerDay = { rows: new Map(), newest: new Map(), byAgent: new Map(), total: noFigures() };
    this.#days.set(day, begun);
    for (const [old, { rows }] of this.#days) {
      if (old > day - DAYS_KEPT) break;
      this.#days.delete(old);
      this.#rows -= rows.size;
    }
    return begun;
  }

  #foldOldest(): void {
    for (const { rows, newest, byAgent } of this.#days.values()) {
      if (rows.size <= 1) continue;
      const rest = { parts: undefined, ...noFigures() };
      for (const row of rows.values()) addFigures(rest, row);
      this.#rows -= rows.size - 1;
      rows.clear();
      newest.clear();
      byAgent.clear();
      rows.set(keyOf(undefined), rest);
      return;
    }
  }
}

export class Ledger {
  readonly #orgs = new Map<string, OrgLedger>();

  /** Undefined where nothing was used yet. */
  of(org: string): OrgLedger | undefined {
    return this.#orgs.get(org);
  }

  org(name: string): OrgLedger {
    let org = this.#orgs.get(name);
    if (org === undefined) {
      org = new OrgLedger();
      this.#orgs.set(name, org);
    }
    return org;
  }

  /** In the order of the names. */
  *orgs(): Iterable<readonly [string, OrgLedger]> {
    for (const name of [...this.#orgs.keys()].sort()) yield [name, this.#orgs.get(name) as OrgLedger];
  }
}

export function noFigures(): Figures {
  return { attempts: 0, unknownCost: 0, inputTokens: 0, outputTokens: 0, unpricedTokens: 0, ms: 0, cost: {} };
}

export function addFigures(to: Figures, more: Figures): void {
  to.attempts += more.attempts;
  to.unknownCost += more.unknownCost;
  to.inputTokens += more.inputTokens;
  to.outputTokens += more.outputTokens;
  to.unpricedTokens += more.unpricedTokens;
  to.ms += more.ms;
  for (const currency in more.cost) to.cost[currency] = (to.cost[currency] ?? 0) + (more.cost[currency] as number);
}

/** Of an agent that names something new with every report, others would have no rows left. */
function hasItsShare({ rows, byAgent }: LedgerDay, parts: WorkParts): boolean {
  if (rows.size < ROWS_PER_DAY / 2 || areSame(parts, restOf(parts[AGENT]))) return false;
  return (byAgent.get(parts[AGENT]) ?? 0) >= ROWS_PER_AGENT;
}

/** Where what an agent has beyond its share goes: whose it is stays known. */
function restOf(agent: string): WorkParts {
  return ['', agent, '', '', '', ''];
}

function countRow(byAgent: Map<string, number>, parts: WorkParts): void {
  byAgent.set(parts[AGENT], (byAgent.get(parts[AGENT]) ?? 0) + 1);
}

function areSame(a: WorkParts, b: WorkParts): boolean {
  return a.every((part, i) => part === b[i]);
}

/** No part has a line break in it. */
function keyOf(parts: WorkParts | undefined): string {
  return parts === undefined ? '' : parts.join('\n');
}
