// Which repositories a key or an agent may have to do with. Without patterns: all, and tasks without one.

import { matchesPattern } from '@agentcom/schemas';
import { Refusal } from '../refusal.js';

/** The host matches in any case, the path as it is written. */
export function mayUseRepository(patterns: readonly string[] | undefined, url: string | undefined): boolean {
  if (patterns === undefined) return true;
  if (url === undefined) return false;
  const address = inUsualCase(url);
  return patterns.some((pattern) => matchesPattern(inUsualCase(pattern), address));
}

/** Why a task of that repository, or of none, cannot be submitted, if so. */
export function refuseRepository(
  patterns: readonly string[] | undefined,
  url: string | undefined,
): Refusal | undefined {
  if (patterns === undefined || mayUseRepository(patterns, url)) return undefined;
  const detail = { path: '/repo/url', message: `must match one of ${patterns.join(', ')}` };
  return new Refusal('auth.forbidden', 'your key is limited to other repositories', [detail]);
}

function inUsualCase(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/]*/i, (start) => start.toLowerCase());
}
