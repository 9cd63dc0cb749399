// Messages for the agent: kept until it has seen them, the newest so many.

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LogWriter } from '@agentcom/schemas';
import { codeOf, makePrivateDirectory, writeDurably } from '@agentcom/schemas/host';
import { decodeJson } from '@agentcom/schemas/json';
import { Message } from '@agentcom/schemas/message';
import { compile } from '@agentcom/schemas/validate';

const MESSAGES_MAX = 100;
/** Of messages shown at once; the others come with the next look. */
const SHOWN_BYTES_MAX = 128 * 1024;

interface Kept {
  readonly message: Message;
  readonly isSeen: boolean;
}

const readMessage = compile(Message);

export class Mailbox {
  readonly #path: string;
  #messages: readonly Kept[];
  /** Changes of the file, one after the other. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, messages: readonly Kept[]) {
    this.#path = path;
    this.#messages = messages;
  }

  /** A file that cannot be read is begun anew: the hub keeps every message too. */
  static async open(path: string, log: LogWriter): Promise<Mailbox> {
    await makePrivateDirectory(dirname(path));
    try {
      const decoded = decodeJson(await readFile(path));
      if (decoded.ok && Array.isArray(decoded.value)) return new Mailbox(path, decoded.value.flatMap(kept));
      log.warn({ path }, 'cannot read the stored messages');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') log.warn({ path, err: error }, 'cannot read the stored messages');
    }
    return new Mailbox(path, []);
  }

  /** Resolves once a crash cannot lose it. A message that is there already changes nothing. */
  async keep(message: Message): Promise<void> {
    if (!this.#messages.some((kept) => kept.message.messageId === message.messageId)) {
      this.#messages = [...this.#messages, { message, isSeen: false }].slice(-MESSAGES_MAX);
    }
    return this.#write();
  }

  /** What has not been seen, oldest first, as much as is shown at once. */
  unseen(): readonly Message[] {
    const shown: Message[] = [];
    let bytes = 0;
    for (const { message, isSeen } of this.#messages) {
      if (isSeen) continue;
      bytes += Buffer.byteLength(message.body);
      if (bytes > SHOWN_BYTES_MAX) break;
      shown.push(message);
    }
    return shown;
  }

  async seen(messages: readonly Message[]): Promise<void> {
    const ids = new Set(messages.map(({ messageId }) => messageId));
    if (ids.size === 0) return;
    this.#messages = this.#messages.map((kept) => (ids.has(kept.message.messageId) ? { ...kept, isSeen: true } : kept));
    return this.#write();
  }

  #write(): Promise<void> {
    const written = this.#writing.then(() => writeDurably(this.#path, JSON.stringify(this.#messages)));
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

function kept(value: unknown): readonly Kept[] {
  if (typeof value !== 'object' || value === null || !('message' in value) || !('isSeen' in value)) return [];
  const read = readMessage(value.message);
  return read.ok ? [{ message: read.value, isSeen: value.isSeen === true }] : [];
}
