// Sums of the ledger by what is asked for.

import { providerOf } from '@agentcom/schemas/prices';
import { labelsOf } from './book.js';
import { addFigures, type Figures, noFigures, type OrgLedger, type WorkParts } from './ledger.js';

/** `label:` with a key: by the value of that label. */
export type CostDimension =
  | 'org'
  | 'repo'
  | 'agent'
  | 'runner'
  | 'provider'
  | 'model'
  | 'label'
  | 'member'
  | 'day'
  | `label:${string}`;

export interface CostsAsked {
  readonly by: readonly CostDimension[];
  /** Days since 1970, both included. */
  readonly from: number;
  readonly to: number;
  /** Only what this one submitted; nothing of rows that no longer say who did. */
  readonly member?: string | undefined;
}

export interface CostGroup {
  /** By dimension; without one that is not known, or of which there is none. */
  readonly group: ReadonlyMap<CostDimension, string | number>;
  /** What was folded together, where that hides what was asked for. */
  readonly isRest: boolean;
  readonly figures: Figures;
}

const PART: Readonly<Record<string, number>> = { repo: 0, agent: 1, runner: 2, model: 3, label: 4, member: 5 };

/** In no order. */
export function costsOf(
  orgs: Iterable<readonly [string, OrgLedger]>,
  asked: CostsAsked,
): { readonly groups: CostGroup[]; readonly total: Figures } {
  const groups = new Map<string, CostGroup>();
  const providers = new Providers();
  const total = noFigures();
  const add = (org: string, day: number, parts: WorkParts | undefined, figures: Figures): void => {
    const values = asked.by.map((dimension) => valueIn(dimension, org, day, parts, providers));
    const isRest = parts === undefined && needsRows(asked.by);
    const key = JSON.stringify([isRest, values]);
    let group = groups.get(key);
    if (group === undefined) {
      group = { group: named(asked.by, values), isRest, figures: noFigures() };
      groups.set(key, group);
    }
    addFigures(group.figures, figures);
    addFigures(total, figures);
  };
  const isInTime = (day: number): boolean => day >= asked.from && day <= asked.to;
  for (const [org, own] of orgs) {
    if (asked.member === undefined && !needsRows(asked.by)) {
      for (const [day, figures] of own.totals()) if (isInTime(day)) add(org, day, undefined, figures);
      continue;
    }
    for (const [day, rows] of own.days()) {
      if (!isInTime(day)) continue;
      for (const row of rows)
        if (asked.member === undefined || row.parts?.[5] === asked.member) add(org, day, row.parts, row);
    }
  }
  return { groups: [...groups.values()], total };
}

/** Whose models are, each looked up once; '' where the name does not say it, or there is none. */
class Providers {
  readonly #known = new Map<string, string>();

  of(model: string): string {
    let provider = this.#known.get(model);
    if (provider === undefined) {
      provider = providerOf(model) ?? '';
      this.#known.set(model, provider);
    }
    return provider;
  }
}

function named(by: readonly CostDimension[], values: readonly (string | number)[]): CostGroup['group'] {
  const known = by.flatMap((dimension, i) => {
    const value = values[i];
    return value === undefined || value === '' ? [] : [[dimension, value] as const];
  });
  return new Map(known);
}

function valueIn(
  dimension: CostDimension,
  org: string,
  day: number,
  parts: WorkParts | undefined,
  providers: Providers,
): string | number {
  if (dimension === 'org') return org;
  if (dimension === 'day') return day;
  if (parts === undefined) return '';
  if (dimension === 'provider') return providers.of(parts[3]);
  return dimension.startsWith('label') ? labelValue(dimension, parts) : (parts[PART[dimension] as number] ?? '');
}

function labelValue(dimension: string, parts: WorkParts): string {
  const labels = labelsOf(parts[4]);
  if (dimension === 'label') return labels.map(([name, value]) => `${name}=${value}`).join(', ');
  const key = dimension.slice('label:'.length);
  return labels.find(([name]) => name === key)?.[1] ?? '';
}

/** What organisations and days alone do not say. */
export function needsRows(by: readonly CostDimension[]): boolean {
  return by.some((dimension) => dimension !== 'org' && dimension !== 'day');
}
