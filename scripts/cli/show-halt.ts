// Halts as people read them.

import type { LimitView } from '@agentcom/schemas';

export function scopeText({ scope: { kind, value } }: Pick<LimitView, 'scope'>): string {
  if (kind === 'fleet') return 'the whole fleet';
  if (kind === 'org') return value === undefined ? 'the organisation' : `organisation ${value}`;
  return `${kind} ${value}`;
}
