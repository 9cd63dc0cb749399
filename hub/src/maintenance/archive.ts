// Finished tasks that have left memory: one message each, under a subject of its own, readable by organisation and id.

import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { ShardNames } from '../jetstream/names.js';
import { archiveSubject } from '../jetstream/subjects.js';

const RETRIES = 5;

export class Archive {
  constructor(
    private readonly js: JetStreamClient,
    private readonly jsm: JetStreamManager,
    private readonly names: Pick<ShardNames, 'archive' | 'archivePrefix'>,
  ) {}

  /** Stores a task's JSON with its bodies in place; durable once this resolves. Storing a task again changes nothing. */
  async put(org: string, task: string, json: string): Promise<void> {
    await this.js.publish(archiveSubject(this.names, org, task), json, { msgID: `${org}.${task}`, retries: RETRIES });
  }

  /** Stores what has become known since; durable once this resolves. */
  async replace(org: string, task: string, json: string): Promise<void> {
    await this.js.publish(archiveSubject(this.names, org, task), json, { retries: RETRIES });
  }

  /** The task's JSON, or undefined when it was never archived or has been dropped by age or size since. */
  async get(org: string, task: string): Promise<string | undefined> {
    const subject = archiveSubject(this.names, org, task);
    const message = await this.jsm.streams.getMessage(this.names.archive, { last_by_subj: subject });
    return message === null ? undefined : Buffer.from(message.data).toString();
  }
}
