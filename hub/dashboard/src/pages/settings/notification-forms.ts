// Channels and routes as forms: what was typed as the hub takes it, and what the hub says by the fields of the form. Pure.

import type { NotificationRoute, QuietHours } from '@agentcom/schemas';
import type { ChannelField } from '@agentcom/schemas/channel-fields';
import { ApiError } from '../../api/problem.js';
import { settingsTexts } from '../../texts/settings.js';
import type { Values } from '../../ui/form.js';
import { parted } from './parted.js';

export type Settings = Readonly<Record<string, unknown>>;

const SETTING = 'setting:';

/** The name of the field of a setting, so that none is that of the channel itself. */
export function fieldOf({ name }: Pick<ChannelField, 'name'>): string {
  return `${SETTING}${name}`;
}

/**
 * What was typed. `before` is what the channel has, as it is shown: a secret that is left empty stays as it is, and anything else that was
 * emptied goes.
 */
export function settingsOf(fields: readonly ChannelField[], values: Values, before: Settings = {}): Settings {
  const settings: Record<string, unknown> = {};
  for (const field of fields) {
    const text = values[fieldOf(field)];
    const was = before[field.name];
    if (text !== undefined) {
      if (text !== shownSetting(field, was)) settings[field.name] = settingOf(field, text);
    } else if (was !== undefined && field.secret !== true) settings[field.name] = null;
  }
  return settings;
}

function settingOf({ name, type }: ChannelField, text: string): unknown {
  if (type === 'list') return parted(text);
  if (type === 'boolean') return text === 'true';
  if (type !== 'number') return text;
  if (Number.isInteger(Number(text))) return Number(text);
  const { whole } = settingsTexts.config;
  throw new ApiError('request.invalid', 0, whole, new Map([[`/${SETTING}${name}`, whole]]));
}

/** As it stands in its field; a secret does not. */
export function shownSetting({ secret, type }: ChannelField, value: unknown): string {
  if (secret === true || value === undefined) return '';
  return type === 'list' ? (value as readonly string[]).join(', ') : String(value);
}

/** All three, or none. */
export function quietOf({ from, to, timeZone }: Values): QuietHours | undefined {
  if (from === undefined && to === undefined && timeZone === undefined) return undefined;
  return { from: from ?? '', to: to ?? '', timeZone: timeZone ?? '' };
}

/** `/settings/url` is the field of that setting, `/quietHours/from` that of the beginning. */
export function byChannelField(error: ApiError): ApiError {
  return withFields(error, ([, first = '', second = '']) => {
    if (first === 'settings' && second !== '') return `${SETTING}${second}`;
    return first === 'quietHours' && second !== '' ? second : first;
  });
}

export const MATCH_FIELDS = ['kind', 'severity', 'rule', 'lane', 'label', 'repo'] as const;
export const ROUTE_FLAGS = ['excerpts', 'digest', 'continue'] as const;

export function routeOf(values: Values): NotificationRoute {
  const match = Object.fromEntries(
    MATCH_FIELDS.map((name) => [name, parted(values[name])] as const).filter(([, list]) => list.length > 0),
  ) as NotificationRoute['match'];
  const escalation = parted(values.escalation);
  const flags = ROUTE_FLAGS.filter((name) => values[`flag.${name}`] !== undefined);
  return {
    match,
    channels: parted(values.channels),
    ...(escalation.length > 0 && { escalation }),
    ...Object.fromEntries(flags.map((name) => [name, true])),
  };
}

/** `/routes/2/match/severity/0` is the field of the severity. */
export function byRouteField(error: ApiError): ApiError {
  return withFields(error, ([, , , third = '', fourth]) => (third === 'match' ? (fourth ?? third) : third));
}

function withFields(error: ApiError, nameOf: (path: readonly string[]) => string): ApiError {
  const fields = new Map([...error.fields].map(([path, message]) => [`/${nameOf(path.split('/'))}`, message]));
  return new ApiError(error.code, error.status, error.message, fields, error.retryAfterMs);
}
