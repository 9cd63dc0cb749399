// The config as a form: what its schema says of each value, what somebody has changed, and what the hub says of it. Pure.

import { ApiError } from '../../api/problem.js';
import { settingsTexts } from '../../texts/settings.js';
import type { Values } from '../../ui/form.js';

export type Value = number | boolean | string;

/** One value, as the schema of the hub has it. */
export interface ConfigValue {
  /** `tasks.maxOffers` */
  readonly key: string;
  readonly help: string;
  readonly byDefault: Value;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly words?: readonly string[];
}

export interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly description?: string;
  readonly default?: Value;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
}

/** Every value, in the order of the schema. */
export function valuesOf(shape: Shape, path: readonly string[] = []): readonly ConfigValue[] {
  const { properties, description = '', default: byDefault, minimum, maximum, enum: words } = shape;
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, inner]) => valuesOf(inner, [...path, name]));
  }
  if (byDefault === undefined) return [];
  const bounds = {
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(words !== undefined && { words }),
  };
  return [{ key: path.join('.'), help: description, byDefault, ...bounds }];
}

export function valueAt(config: object, key: string): Value | undefined {
  let at: unknown = config;
  for (const name of key.split('.')) at = (at as Readonly<Record<string, unknown>> | undefined)?.[name];
  return at as Value | undefined;
}

/** What was changed in the form against what it began with, by key; null gives a value its default back. */
export function changesOf(
  values: readonly ConfigValue[],
  began: object,
  typed: Values,
): ReadonlyMap<string, Value | null> {
  const changes = new Map<string, Value | null>();
  const wrong = new Map<string, string>();
  for (const { key, byDefault } of values) {
    const was = valueAt(began, key);
    const text = typed[key];
    if (text === String(was)) continue;
    if (text === undefined) {
      if (was !== byDefault) changes.set(key, null);
    } else if (typeof byDefault !== 'number') changes.set(key, typeof byDefault === 'boolean' ? text === 'true' : text);
    else if (Number.isInteger(Number(text))) changes.set(key, Number(text));
    else wrong.set(`/${key}`, settingsTexts.config.whole);
  }
  if (wrong.size > 0) throw new ApiError('request.invalid', 0, settingsTexts.config.whole, wrong);
  return changes;
}

interface Tree {
  [name: string]: Tree | Value | null;
}

/** As a JSON merge patch. */
export function patchOf(changes: ReadonlyMap<string, Value | null>): Tree {
  const patch: Tree = {};
  for (const [key, value] of changes) {
    const names = key.split('.');
    const last = names.pop() ?? key;
    let at = patch;
    for (const name of names) {
      const inner = at[name];
      const next: Tree = typeof inner === 'object' && inner !== null ? inner : {};
      at[name] = next;
      at = next;
    }
    at[last] = value;
  }
  return patch;
}

/** What the hub says by path, by the fields of the form: `/tasks/maxOffers` is `/tasks.maxOffers`. */
export function byField(error: ApiError): ApiError {
  const fields = new Map(
    [...error.fields].map(([path, message]) => [`/${path.slice(1).replaceAll('/', '.')}`, message]),
  );
  return new ApiError(error.code, error.status, error.message, fields, error.retryAfterMs);
}

/** The first word of its key, under which it is shown. */
export function sectionOf(key: string): string {
  return key.split('.')[0] ?? key;
}

export function isFound({ key, help }: ConfigValue, words: string): boolean {
  const text = `${key} ${help}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
