// Messages, memberships and acknowledgements, as they lie in their two streams. Who gets a message is decided when it is sent and kept
// beside it, so that hubs read the headers alone to know what is in every inbox.

import type { Message } from '@agentcom/schemas';
import type { JsMsg } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from 'nats';
import type { ShardNames } from '../jetstream/names.js';
import { ackedSubject, memberSubject, type Recipient, recipientOf } from '../jetstream/subjects.js';

export type MessageNames = Pick<ShardNames, 'messages' | 'messagesPrefix' | 'inboxes' | 'inboxesPrefix'>;

type StoredHead = Pick<JsMsg, 'subject' | 'seq' | 'headers'>;

/** A message without its text: where it is, and for whom. */
export interface Envelope {
  readonly id: string;
  /** In the stream of messages. */
  readonly seq: number;
  readonly org: string;
  readonly to: Recipient;
  /** Agents by name. */
  readonly recipients: readonly string[];
  /** The agent that sent it; absent where none did, and in messages of hubs that did not say so beside the text. */
  readonly from?: string;
}

/** When a message reached its agent's machine, ms. */
export interface Receipt {
  readonly id: string;
  readonly deliveredAt: number;
  readonly acknowledgedAt: number;
}

export type InboxRecord =
  | {
      readonly kind: 'acked';
      readonly org: string;
      readonly agent: string;
      readonly upTo: string;
      /** Of the newest; absent in records of hubs that kept none. */
      readonly receipts?: readonly Receipt[];
    }
  | {
      readonly kind: 'member';
      readonly org: string;
      readonly channel: string;
      readonly agent: string;
      readonly joined: boolean;
      /** When, ms. */
      readonly at: number;
    };

const ID = 'Agentcom-Id';
const RECIPIENTS = 'Agentcom-Recipients';
/** The name of an agent: others may have names that no header takes. */
const FROM = 'Agentcom-From';
const AGENT = 'agent:';

export function messageHeaders(
  { messageId, from }: Pick<Message, 'messageId' | 'from'>,
  recipients: readonly string[],
): MsgHdrs {
  const head = headers();
  head.set(ID, messageId);
  if (from.startsWith(AGENT)) head.set(FROM, from.slice(AGENT.length));
  if (recipients.length > 0) head.set(RECIPIENTS, recipients.join(','));
  return head;
}

/** Undefined for what is no message of ours. */
export function envelopeOf(names: MessageNames, { subject, seq, headers: head }: StoredHead): Envelope | undefined {
  const at = recipientOf(names, subject);
  const id = head?.get(ID) ?? '';
  if (at === undefined || id === '') return undefined;
  const recipients = (head?.get(RECIPIENTS) ?? '').split(',').filter((one) => one !== '');
  const from = head?.get(FROM) ?? '';
  return { id, seq, ...at, recipients, ...(from !== '' && { from }) };
}

export function recordSubject(names: MessageNames, record: InboxRecord): string {
  const { org, agent } = record;
  return record.kind === 'acked' ? ackedSubject(names, org, agent) : memberSubject(names, org, record.channel, agent);
}

export function decodeRecord(data: Uint8Array): InboxRecord {
  return JSON.parse(textOf(data)) as InboxRecord;
}

export function decodeMessage(data: Uint8Array): Message {
  return JSON.parse(textOf(data)) as Message;
}

/** When a message was sent, ms: its id says so. */
export function sentAt(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

function textOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
}
