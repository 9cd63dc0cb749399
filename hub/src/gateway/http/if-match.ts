// The version that a change is meant for, as `If-Match` names it.

import { Refusal } from '../../core/refusal.js';

/** Undefined when any will do. */
export function versionIn(ifMatch: string | undefined): string | undefined | Refusal {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return /^\s*"([^"]*)"\s*$/.exec(ifMatch)?.[1] ?? notAVersion();
}

export function notAVersion(): Refusal {
  return new Refusal('request.invalid', 'If-Match must be the ETag of what is to be changed, such as "3", or *', [
    { path: 'If-Match', message: 'must be one version in double quotes, or *' },
  ]);
}
