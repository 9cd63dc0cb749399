// Keys as the outside sees them.

import type { KeyView } from '@agentcom/schemas';
import { iso } from '../iso.js';
import type { Key } from './access.js';

export function keyView(key: Key): KeyView {
  return {
    id: key.id,
    role: key.role,
    name: key.name,
    ...(key.agent !== undefined && { agent: key.agent }),
    createdAt: iso(key.createdAt),
    ...(key.expiresAt !== undefined && { expiresAt: iso(key.expiresAt) }),
    ...(key.revokedAt !== undefined && { revokedAt: iso(key.revokedAt) }),
  };
}
