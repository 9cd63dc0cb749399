// The rules as the form of their limits takes and gives them.

import { ALERT_RULES } from '@agentcom/schemas/alert-rules/catalogue';
import { type AlertRule, SECONDS, type Threshold } from '@agentcom/schemas/alert-rules/rule';
import { ApiError } from '../../api/problem.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import type { Values } from '../../ui/form.js';
import { type Quantity, quantityOf } from './quantities.js';

export const RULES_COUNT = Object.keys(ALERT_RULES).length;

/** Undefined for a rule of another version of the hub. */
export function ruleNamed(name: string): AlertRule | undefined {
  return Object.hasOwn(ALERT_RULES, name) ? ALERT_RULES[name as keyof typeof ALERT_RULES] : undefined;
}

/** A rule as the config has it. */
export type RuleSettings = Readonly<Record<string, number | string | boolean>>;

/** What of a rule was changed in the form, as the patch of its config; undefined where nothing was. Pure. */
export function rulePatch(rule: string, before: RuleSettings, values: Values): RuleSettings | undefined {
  const changes = Object.entries(values).flatMap(([key, text]) => {
    const was = before[key];
    if (was === undefined) return [];
    const value =
      typeof was === 'number'
        ? settingIn(key, text, boundsOf(rule, key))
        : typeof was === 'boolean'
          ? text === 'yes'
          : text;
    return value === was ? [] : [[key, value] as const];
  });
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

type Bounds = Pick<Threshold, 'minimum' | 'maximum'>;

/** Undefined where a hub of another version has such a setting. */
function boundsOf(rule: string, key: string): Bounds | undefined {
  if (key === 'forSeconds') return { minimum: 0, maximum: SECONDS.forMax };
  if (key === 'keepFiringForSeconds') return { minimum: 0, maximum: SECONDS.keepFiringMax };
  return ruleNamed(rule)?.thresholds[key];
}

/** A setting as somebody typed it; what it cannot be is refused beside its field, in the same words. */
export function settingIn(field: string, text: string, bounds?: Bounds): number {
  const quantity = quantityOf(field);
  const value = readAs(quantity, field, text);
  if (bounds === undefined || (value >= bounds.minimum && value <= bounds.maximum)) return value;
  const [least, most] = [bounds.minimum, bounds.maximum].map(quantity.print);
  throw refused(field, texts.within(least as string, most as string));
}

export function readAs({ parse, mustBe }: Quantity, field: string, text: string): number {
  const value = parse(text);
  if (value === undefined) throw refused(field, mustBe);
  return value;
}

function refused(field: string, message: string): ApiError {
  return new ApiError('request.invalid', 0, message, new Map([[`/${field}`, message]]));
}

/** What the hub says of the config, by the fields of the form: the last part of each path. Pure. */
export function fieldsOfRule(error: ApiError): ApiError {
  const fields = new Map([...error.fields].map(([path, message]) => [`/${path.split('/').at(-1) ?? ''}`, message]));
  return new ApiError(error.code, error.status, error.message, fields, error.retryAfterMs);
}
