// The route about the audit log.

import type { AuditLog } from '../../audit-port.js';
import type { Handlers } from '../handler.js';

export function auditHandlers(audit: Pick<AuditLog, 'page'>): Pick<Handlers, 'audit.list'> {
  return {
    'audit.list': async ({ caller, query }) => ({ body: await audit.page(caller.org, query) }),
  };
}
