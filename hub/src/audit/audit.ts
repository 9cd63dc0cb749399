// The audit of a hub: what the edges tell it goes to the stream and, where it concerns security, to the hub's log.

import type { AuditFact, AuditPage, AuditQuery } from '@agentcom/schemas';
import { Lifecycle } from '../lifecycle.js';
import { AuditReader } from './audit-reader.js';
import { AuditWriter, type AuditWriterParts } from './audit-writer.js';
import { SecurityLog, type SecurityLogParts } from './security-log.js';

export interface AuditParts extends AuditWriterParts {
  /** Whose is what happened to nobody's organisation, such as a refused key. */
  readonly hubOrg: string;
  readonly log: SecurityLogParts['write'];
}

export class Audit extends Lifecycle {
  readonly #writer: AuditWriter;
  readonly #reader: AuditReader;
  readonly #security: SecurityLog;
  readonly #hubOrg: string;

  constructor(parts: AuditParts) {
    super();
    this.#writer = new AuditWriter(parts);
    this.#reader = new AuditReader(parts.records);
    this.#security = new SecurityLog({ now: parts.now, write: parts.log });
    this.#hubOrg = parts.hubOrg;
  }

  /** Never fails and never waits. */
  record(org: string | undefined, fact: AuditFact): void {
    this.#writer.record(org ?? this.#hubOrg, fact);
    this.#security.record(org ?? this.#hubOrg, fact);
  }

  page(org: string, query: AuditQuery): Promise<AuditPage> {
    return this.#reader.page(org, query);
  }

  protected override end(): Promise<void> {
    return this.#writer.stop();
  }
}
