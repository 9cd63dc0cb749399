// Records in their stream, each under a subject of its own: what is there is not replaced, whoever writes.

import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { ShardNames } from '../jetstream/names.js';
import { auditSubject, recordNumberOf } from '../jetstream/subjects.js';
import { isWrongLastSequence } from '../jetstream/wrong-sequence.js';
import type { AuditRecords } from './records.js';

const APPEND_TIMEOUT_MS = 2_000;

export class StoredRecords implements AuditRecords {
  constructor(
    private readonly js: JetStreamClient,
    private readonly jsm: JetStreamManager,
    private readonly names: Pick<ShardNames, 'audit' | 'auditPrefix'>,
  ) {}

  async range(org: string): Promise<{ readonly oldest: number; readonly newest: number } | undefined> {
    const subject = auditSubject(this.names, org, '*');
    // The client's type of this request lacks a field that the server knows.
    const oldest = { seq: 1, next_by_subj: subject };
    const [first, last] = await Promise.all([
      this.jsm.streams.getMessage(this.names.audit, oldest),
      this.jsm.streams.getMessage(this.names.audit, { last_by_subj: subject }),
    ]);
    if (first !== null && last !== null) {
      return { oldest: recordNumberOf(first.subject), newest: recordNumberOf(last.subject) };
    }
    // A message that is damaged is not found either, but still has its subject.
    const { state } = await this.jsm.streams.info(this.names.audit, { subjects_filter: subject });
    const numbers = Object.keys(state.subjects ?? {}).map(recordNumberOf);
    return numbers.length === 0 ? undefined : { oldest: Math.min(...numbers), newest: Math.max(...numbers) };
  }

  async get(org: string, number: number): Promise<Uint8Array | null> {
    const subject = auditSubject(this.names, org, number);
    const message = await this.jsm.streams.getMessage(this.names.audit, { last_by_subj: subject });
    return message === null ? null : message.data;
  }

  async put(org: string, number: number, bytes: Uint8Array): Promise<boolean> {
    const options = { expect: { lastSubjectSequence: 0 }, timeout: APPEND_TIMEOUT_MS };
    try {
      await this.js.publish(auditSubject(this.names, org, number), bytes, options);
      return true;
    } catch (error) {
      if (isWrongLastSequence(error)) return false;
      throw error;
    }
  }
}
