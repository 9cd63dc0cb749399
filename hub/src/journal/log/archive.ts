// Finished tasks that have left memory: one message each, under a subject of its own, readable by organisation and id.

import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';

const RETRIES = 5;

export class Archive {
  constructor(
    private readonly js: JetStreamClient,
    private readonly jsm: JetStreamManager,
    private readonly stream: string,
    /** What the subjects begin with, such as `agentcom.main.archive.0`. */
    private readonly subject: string,
  ) {}

  /** Stores a task's JSON with its bodies in place; durable once this resolves. Storing a task again changes nothing. */
  async put(org: string, task: string, json: string): Promise<void> {
    await this.js.publish(this.#subject(org, task), json, { msgID: `${org}.${task}`, retries: RETRIES });
  }

  /** The task's JSON, or null when it was never archived or has been dropped by age or size since. */
  async get(org: string, task: string): Promise<string | null> {
    const message = await this.jsm.streams.getMessage(this.stream, { last_by_subj: this.#subject(org, task) });
    return message === null ? null : Buffer.from(message.data).toString();
  }

  /** Ids come from outside too: one that could reach another subject names nothing. */
  #subject(org: string, task: string): string {
    for (const token of [org, task]) {
      if (!/^[A-Za-z0-9_-]+$/.test(token)) throw new RangeError(`"${token}" cannot be part of a subject`);
    }
    return `${this.subject}.${org}.${task}`;
  }
}
