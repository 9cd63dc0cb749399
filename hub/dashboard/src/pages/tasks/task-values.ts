// A task as it is typed into the form, and what is wrong with it at the field where it was typed. Pure.

import type { TaskSpec } from '@agentcom/schemas';
import type { ClockMode } from '../../format.js';
import { startTexts as texts } from '../../texts/start.js';
import type { Values } from '../../ui/form.js';
import { numberOf, preferred, wordsOf, wordsText, wrongAt } from '../../ui/typed.js';

const MICROS = 1_000_000;
const MINUTE_SECONDS = 60;

/** Beside those that are always there. They are called as the hub calls them, so that what it says of one stands beside that one. */
export const MORE_FIELDS = [
  'base',
  'lane',
  'runner',
  'model',
  'labels',
  'verify',
  'budget',
  'tokens',
  'maxAttempts',
  'runTimeoutSeconds',
  'dependsOn',
  'notBefore',
] as const;

type FieldName = 'title' | 'prompt' | 'repo' | 'needs' | (typeof MORE_FIELDS)[number];
type Typed = { readonly [Name in FieldName]?: string };

/** What the fields are for, under the names of the hub. */
const SHOWN = new Set<string>(['title', 'prompt', 'repo', 'needs', ...MORE_FIELDS, 'maxCost']);

/** @param mode  in which a moment is typed */
export function valuesOf(spec: Partial<TaskSpec>, mode: ClockMode): Values {
  const { title, prompt, repo, needs, lane, labels = {}, runner, model, verify } = spec;
  const { budget: { costMicros, tokens } = {}, maxAttempts, runTimeoutSeconds, dependsOn, notBefore } = spec;
  const values: Record<FieldName, string | number | undefined> = {
    title,
    prompt,
    repo: repo?.url,
    base: repo?.base,
    needs: wordsText(needs),
    lane,
    runner: wordsText(runner),
    model: wordsText(model),
    labels: wordsText(Object.entries(labels).map(([name, value]) => `${name}=${value}`)),
    verify: verify?.join('\n'),
    budget: costMicros && costMicros / MICROS,
    tokens,
    maxAttempts,
    runTimeoutSeconds: runTimeoutSeconds && runTimeoutSeconds / MINUTE_SECONDS,
    dependsOn: wordsText(dependsOn),
    notBefore: notBefore && momentField(new Date(notBefore), mode),
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** Of `first` what no field shows is kept. Throws what cannot be read, at its field; the hub says what is wrong with the rest. */
export function specFrom(values: Typed, mode: ClockMode, first: Partial<TaskSpec> = {}): TaskSpec {
  const { title = '', prompt = '', repo, base, needs, lane, runner, model, labels, verify } = values;
  const { budget, tokens, maxAttempts, runTimeoutSeconds, dependsOn, notBefore } = values;
  const kept: Partial<TaskSpec> = Object.fromEntries(Object.entries(first).filter(([name]) => !SHOWN.has(name)));
  const routes = {
    ...(runner !== undefined && { runner: preferred(runner) }),
    ...(model !== undefined && { model: preferred(model) }),
  };
  const costMicros = budget === undefined ? undefined : Math.round(numberOf('budget', budget) * MICROS);
  const limits = {
    ...(costMicros !== undefined && { costMicros }),
    ...(tokens !== undefined && { tokens: numberOf('tokens', tokens) }),
  };
  return {
    ...kept,
    title,
    prompt,
    ...(repo !== undefined && { repo: { url: repo, ...(base !== undefined && { base }) } }),
    ...(needs !== undefined && { needs: wordsOf(needs) }),
    ...(lane !== undefined && { lane: lane as NonNullable<TaskSpec['lane']> }),
    ...routes,
    ...(labels !== undefined && { labels: labelsOf(labels) }),
    ...(verify !== undefined && { verify: verify.split('\n').filter((line) => line.trim() !== '') }),
    ...(Object.keys(limits).length > 0 && { budget: limits }),
    // As the command has it: of several, the cheapest that is expected to stay below.
    ...(costMicros !== undefined && Object.values(routes).some(Array.isArray) && { maxCost: costMicros }),
    ...(maxAttempts !== undefined && { maxAttempts: numberOf('maxAttempts', maxAttempts) }),
    ...(runTimeoutSeconds !== undefined && {
      runTimeoutSeconds: Math.round(numberOf('runTimeoutSeconds', runTimeoutSeconds) * MINUTE_SECONDS),
    }),
    ...(dependsOn !== undefined && { dependsOn: wordsOf(dependsOn) }),
    ...(notBefore !== undefined && { notBefore: new Date(mode === 'utc' ? `${notBefore}Z` : notBefore).toISOString() }),
  };
}

function labelsOf(text: string): Record<string, string> {
  const pairs = wordsOf(text).map((pair) => /^([^=]+)=(.+)$/.exec(pair));
  if (pairs.includes(null)) throw wrongAt('labels', texts.notLabels);
  return Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]]));
}

/** As fields for a moment have it, such as `2026-01-31T12:00`. */
function momentField(at: Date, mode: ClockMode): string {
  const offsetMs = mode === 'utc' ? 0 : at.getTimezoneOffset() * 60_000;
  return new Date(at.getTime() - offsetMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length);
}
