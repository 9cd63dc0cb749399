// The rules as the form of their limits takes and gives them.

import { ALERT_RULES } from '@agentcom/schemas/alert-rules/catalogue';
import type { AlertRule } from '@agentcom/schemas/alert-rules/rule';
import { ApiError } from '../../api/problem.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import type { Values } from '../../ui/form.js';

export const RULES_COUNT = Object.keys(ALERT_RULES).length;

/** Undefined for a rule of another version of the hub. */
export function ruleNamed(name: string): AlertRule | undefined {
  return Object.hasOwn(ALERT_RULES, name) ? ALERT_RULES[name as keyof typeof ALERT_RULES] : undefined;
}

/** A rule as the config has it. */
export type RuleSettings = Readonly<Record<string, number | string | boolean>>;

/** What of a rule was changed in the form, as the patch of its config; undefined where nothing was. Pure. */
export function rulePatch(before: RuleSettings, values: Values): RuleSettings | undefined {
  const changes = Object.entries(values).flatMap(([key, text]) => {
    const was = before[key];
    if (was === undefined) return [];
    const value = typeof was === 'number' ? wholeOf(key, text) : typeof was === 'boolean' ? text === 'yes' : text;
    return value === was ? [] : [[key, value] as const];
  });
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** What the hub says of the config, by the fields of the form: the last part of each path. Pure. */
export function fieldsOfRule(error: ApiError): ApiError {
  const fields = new Map([...error.fields].map(([path, message]) => [`/${path.split('/').at(-1) ?? ''}`, message]));
  return new ApiError(error.code, error.status, error.message, fields, error.retryAfterMs);
}

export function wholeOf(field: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value)) return value;
  throw new ApiError('request.invalid', 0, texts.whole, new Map([[`/${field}`, texts.whole]]));
}
