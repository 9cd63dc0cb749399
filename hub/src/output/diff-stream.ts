// What attempts have changed, in the stream of their output and for as long: one message for each attempt, the newest.

import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { TaskDiff } from '@agentcom/schemas';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { diffSubject } from '../jetstream/subjects.js';
import type { OutputNames } from './places.js';

const APPEND_TIMEOUT_MS = 5_000;
/** Far above what a diff comes to, however its text is escaped. */
const JSON_BYTES_MAX = 16 * 1024 ** 2;

const packed = promisify(gzip);
const unpacked = promisify(gunzip);

export class DiffStream {
  constructor(
    private readonly js: JetStreamClient,
    private readonly jsm: JetStreamManager,
    private readonly names: OutputNames,
  ) {}

  /** Rejects when it is not known to be stored; the same may then be put again. */
  async put(org: string, diff: TaskDiff): Promise<void> {
    const subject = diffSubject(this.names, org, diff.task, diff.generation);
    await this.js.publish(subject, await packed(JSON.stringify(diff)), { timeout: APPEND_TIMEOUT_MS });
    await this.jsm.streams.purge(this.names.output, { filter: subject, keep: 1 });
  }

  /** The newest of the task, or of that attempt. */
  async newest(org: string, task: string, generation?: number): Promise<TaskDiff | undefined> {
    const subject = diffSubject(this.names, org, task, generation ?? '*');
    const message = await this.jsm.streams.getMessage(this.names.output, { last_by_subj: subject });
    if (message === null) return undefined;
    const json = await unpacked(message.data, { maxOutputLength: JSON_BYTES_MAX });
    return JSON.parse(json.toString()) as TaskDiff;
  }
}
