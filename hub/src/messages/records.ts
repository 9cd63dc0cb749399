// Messages, memberships and what was taken, as they lie in their two streams. Who gets a message is decided when it is sent and kept
// beside it, so that hubs read the headers alone to know what is in every inbox.

import type { Message } from '@agentcom/schemas';
import { headers, type MsgHdrs } from 'nats';

/** A message without its text: where it is, and for whom. */
export interface Envelope {
  readonly id: string;
  /** In the stream of messages. */
  readonly seq: number;
  readonly org: string;
  readonly to: { readonly kind: 'agent' | 'channel'; readonly name: string };
  /** Agents by name. */
  readonly recipients: readonly string[];
}

export type InboxRecord =
  | { readonly kind: 'acked'; readonly org: string; readonly agent: string; readonly upTo: string }
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

export function headOf(id: string, recipients: readonly string[]): MsgHdrs {
  const head = headers();
  head.set(ID, id);
  if (recipients.length > 0) head.set(RECIPIENTS, recipients.join(','));
  return head;
}

/** `subject` is behind the stream's prefix: `<org>.<agent|channel>.<name>`. Null for what is no message of ours. */
export function envelopeOf(subject: string, seq: number, head: MsgHdrs | undefined): Envelope | null {
  const [org, kind, name] = subject.split('.');
  const id = head?.get(ID) ?? '';
  if (org === undefined || name === undefined || id === '' || (kind !== 'agent' && kind !== 'channel')) return null;
  const recipients = (head?.get(RECIPIENTS) ?? '').split(',').filter((one) => one !== '');
  return { id, seq, org, to: { kind, name }, recipients };
}

export function messageSubject(prefix: string, org: string, to: Envelope['to']): string {
  return `${prefix}.${token(org)}.${to.kind}.${token(to.name)}`;
}

export function inboxSubject(prefix: string, record: InboxRecord): string {
  const { org, agent } = record;
  return record.kind === 'acked'
    ? `${prefix}.${token(org)}.acked.${token(agent)}`
    : `${prefix}.${token(org)}.member.${token(record.channel)}.${token(agent)}`;
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

/** Names come from outside too: one that could reach another subject is refused. */
function token(name: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new RangeError(`"${name}" cannot be part of a subject`);
  return name;
}
