// Routes as the outside sees them.

import type { NotificationRoute } from '@agentcom/schemas';
import type { OrgNotify } from './notify.js';

export function routeViews({ routes, channels }: Pick<OrgNotify, 'routes' | 'channels'>): NotificationRoute[] {
  const namesOf = (ids: readonly string[]) => ids.map((id) => channels.get(id)?.name ?? id);
  return routes.map(({ channels: ids, escalation, ...rest }) => ({
    ...rest,
    channels: namesOf(ids),
    ...(escalation !== undefined && { escalation: namesOf(escalation) }),
  }));
}
