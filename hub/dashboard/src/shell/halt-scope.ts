// What a halt is about, from what was chosen and typed. Pure.

import type { HaltScope } from '@agentcom/schemas';
import type { HaltKind } from '@agentcom/schemas/names';

/** Undefined while it is not all there. */
export function haltScope(kind: HaltKind, typed: string): HaltScope | undefined {
  const value = typed.trim();
  if (kind === 'fleet') return { kind };
  if (value === '') return kind === 'org' ? { kind } : undefined;
  return kind === 'label' && !/^[^=]+=/.test(value) ? undefined : { kind, value };
}
