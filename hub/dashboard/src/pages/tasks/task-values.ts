// A task as it is typed into the form, and what is wrong with it at the field where it was typed. Pure.

import type { TaskSpec } from '@agentcom/schemas';
import { ApiError } from '../../api/problem.js';
import type { ClockMode } from '../../format.js';
import { startTexts as texts } from '../../texts/start.js';
import type { Values } from '../../ui/form.js';

const MICROS = 1_000_000;
const MINUTE_SECONDS = 60;

/** What is not among the first fields. */
export const MORE_FIELDS = [
  'base',
  'lane',
  'runner',
  'model',
  'labels',
  'verify',
  'maxCost',
  'maxTokens',
  'maxAttempts',
  'runMinutes',
  'dependsOn',
  'notBefore',
] as const;

/** @param mode  in which a moment is typed */
export function valuesOf(spec: Partial<TaskSpec>, mode: ClockMode): Values {
  const { title, prompt, repo, needs, lane, labels, runner, model, verify } = spec;
  const { budget, maxAttempts, runTimeoutSeconds, dependsOn, notBefore } = spec;
  const values: Record<keyof Typed, string | number | undefined> = {
    title,
    prompt,
    repo: repo?.url,
    base: repo?.base,
    needs: needs?.join(' '),
    lane,
    runner: listed(runner),
    model: listed(model),
    labels: Object.entries(labels ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    verify: verify?.join('\n'),
    maxCost: budget?.costMicros && budget.costMicros / MICROS,
    maxTokens: budget?.tokens,
    maxAttempts,
    runMinutes: runTimeoutSeconds && runTimeoutSeconds / MINUTE_SECONDS,
    dependsOn: dependsOn?.join(' '),
    notBefore: notBefore && momentField(new Date(notBefore), mode),
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

type Typed = { [Name in 'title' | 'prompt' | 'repo' | 'needs' | (typeof MORE_FIELDS)[number]]?: string };

/** Of `first` what no field shows is kept. Throws what cannot be read, at its field; the hub says what is wrong with the rest. */
export function specOf(values: Typed, mode: ClockMode, first: Partial<TaskSpec> = {}): TaskSpec {
  const { title = '', prompt = '', repo, base, needs, lane, runner, model, labels, verify } = values;
  const { maxCost, maxTokens, dependsOn, notBefore } = values;
  const wrong = new Map<string, string>();
  const amount = (name: 'maxCost' | 'maxTokens' | 'maxAttempts' | 'runMinutes', scale: number): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (!/^\d+(?:[.,]\d+)?$/.test(text)) wrong.set(`/${name}`, texts.notAmount);
    return Math.round(Number(text.replace(',', '.')) * scale);
  };
  const costMicros = amount('maxCost', MICROS);
  const tokens = amount('maxTokens', 1);
  const maxAttempts = amount('maxAttempts', 1);
  const runTimeoutSeconds = amount('runMinutes', MINUTE_SECONDS);
  const pairs = words(labels).map((pair) => pair.split(/=(.*)/s));
  if (pairs.some(([name, value]) => !name || !value)) wrong.set('/labels', texts.notLabels);
  if (wrong.size > 0) throw new ApiError('request.invalid', 0, [...wrong.values()].join('; '), wrong);
  const runners = preferred(runner);
  const models = preferred(model);
  const hasChoice = Array.isArray(runners) || Array.isArray(models);
  const kept = Object.entries(first).filter(([name]) => !SHOWN.has(name));
  return {
    ...(Object.fromEntries(kept) as Partial<TaskSpec>),
    title,
    prompt,
    ...(repo !== undefined && { repo: { url: repo, ...(base !== undefined && { base }) } }),
    ...(needs !== undefined && { needs: words(needs) }),
    ...(lane !== undefined && { lane: lane as NonNullable<TaskSpec['lane']> }),
    ...(runners !== undefined && { runner: runners }),
    ...(models !== undefined && { model: models }),
    ...(labels !== undefined && { labels: Object.fromEntries(pairs) as Record<string, string> }),
    ...(verify !== undefined && { verify: verify.split('\n').filter((line) => line.trim() !== '') }),
    ...((maxCost ?? maxTokens) !== undefined && {
      budget: { ...(costMicros !== undefined && { costMicros }), ...(tokens !== undefined && { tokens }) },
    }),
    // As the command has it: of several, the cheapest that is expected to stay below.
    ...(hasChoice && costMicros !== undefined && { maxCost: costMicros }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(runTimeoutSeconds !== undefined && { runTimeoutSeconds }),
    ...(dependsOn !== undefined && { dependsOn: words(dependsOn) }),
    ...(notBefore !== undefined && { notBefore: new Date(mode === 'utc' ? `${notBefore}Z` : notBefore).toISOString() }),
  };
}

const SHOWN: ReadonlySet<string> = new Set([
  'title',
  'prompt',
  'repo',
  'needs',
  'lane',
  'runner',
  'model',
  'labels',
  'verify',
  'budget',
  'maxCost',
  'maxAttempts',
  'runTimeoutSeconds',
  'dependsOn',
  'notBefore',
]);

/** As fields for a moment have it, such as `2026-01-31T12:00`. */
function momentField(at: Date, mode: ClockMode): string {
  const offsetMs = mode === 'utc' ? 0 : at.getTimezoneOffset() * 60_000;
  return new Date(at.getTime() - offsetMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length);
}

function words(text = ''): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function listed(names: string | readonly string[] | undefined): string | undefined {
  return typeof names === 'string' ? names : names?.join(' ');
}

function preferred(text: string | undefined): string | string[] | undefined {
  const names = words(text);
  return names.length > 1 ? names : names[0];
}
