// A spend limit as it is typed: amounts in whole units of a currency, and what is wrong with them at the field where it was typed. Pure.

import type { LimitBody, LimitView } from '@agentcom/schemas';
import { LIMIT_WINDOWS, type LimitKind, type LimitWindow } from '@agentcom/schemas/names';
import { ApiError } from '../../api/problem.js';
import { costTexts as texts } from '../../texts/costs.js';
import type { Values } from '../../ui/form.js';

const MICROS = 1_000_000;
/** Of these there is one, whose name nobody types. */
const NAMELESS: ReadonlySet<LimitKind> = new Set(['fleet', 'org']);

export const moneyField = (window: LimitWindow): string => `${window}Money`;
export const tokensField = (window: LimitWindow): string => `${window}Tokens`;

export function takesValue(kind: LimitKind): boolean {
  return !NAMELESS.has(kind);
}

/** As it stands in the address: `label:team=roof`. */
export function scopeText(kind: LimitKind, value: string | undefined): string {
  return value === undefined ? kind : `${kind}:${value}`;
}

/** What the fields have for a limit that there is. */
export function valuesOf({ currency, windows }: Pick<LimitView, 'currency' | 'windows'>): Values {
  return Object.fromEntries([
    ...(currency === undefined ? [] : [['currency', currency]]),
    ...windows.flatMap(({ window, costMicros, tokens }) => [
      ...(costMicros === undefined ? [] : [[moneyField(window), String(costMicros / MICROS)]]),
      ...(tokens === undefined ? [] : [[tokensField(window), String(tokens)]]),
    ]),
  ]);
}

/** Throws what cannot be read, at its field. */
export function limitBody(values: Values): LimitBody {
  const wrong = new Map<string, string>();
  const read = (name: string, scale: number, pattern: RegExp, message: string): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (pattern.test(text)) return Math.round(Number(text.replace(',', '.')) * scale);
    wrong.set(`/${name}`, message);
    return undefined;
  };
  const windows = LIMIT_WINDOWS.flatMap((window) => {
    const costMicros = read(moneyField(window), MICROS, /^\d+(?:[.,]\d+)?$/, texts.notMoney);
    const tokens = read(tokensField(window), 1, /^\d+$/, texts.notTokens);
    if (costMicros === undefined && tokens === undefined) return [];
    const amounts: LimitBody['day'] & object = {
      ...(costMicros !== undefined && { costMicros }),
      ...(tokens !== undefined && { tokens }),
    };
    return [[window, amounts] as const];
  });
  if (wrong.size === 0 && windows.length === 0) wrong.set(`/${moneyField('day')}`, texts.noAmount);
  if (wrong.size > 0) throw new ApiError('request.invalid', 0, [...wrong.values()].join('; '), wrong);
  const { currency } = values;
  const hasMoney = windows.some(([, { costMicros }]) => costMicros !== undefined);
  return {
    // Of tokens alone, there is none to name.
    ...(hasMoney && currency !== undefined && { currency: currency.toUpperCase() }),
    ...Object.fromEntries(windows),
  };
}

/** What the hub says of a field, at the one where that was typed. */
export function atFields(error: ApiError): ApiError {
  const fields = [...error.fields].map(([path, message]): [string, string] => {
    const [, first = '', second] = path.split('/');
    const window = LIMIT_WINDOWS.find((one) => one === first);
    if (window !== undefined) return [`/${second === 'tokens' ? tokensField(window) : moneyField(window)}`, message];
    return [first === 'scope' ? '/value' : path, message];
  });
  return new ApiError(error.code, error.status, error.message, new Map(fields), error.retryAfterMs);
}
