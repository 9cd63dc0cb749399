// What is typed as a quota. Pure.

import { ApiError } from '../../api/problem.js';
import { settingsTexts } from '../../texts/settings.js';

/** Null gives the quota back to the config. */
export function wholeOrNull(text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isInteger(value)) return value;
  const { whole } = settingsTexts.config;
  throw new ApiError('request.invalid', 0, whole, new Map([['/quotas', whole]]));
}
