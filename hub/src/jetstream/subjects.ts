// The subjects below each stream's prefix. Organisations, ids and names come from outside too: one that could reach another subject is
// refused with a RangeError.

import { createHash } from 'node:crypto';
import { Base64UrlPaddedCodec } from '@nats-io/obj';
import { bucketPrefix, type ShardNames } from './names.js';

/** One subject for each finished task. */
export function archiveSubject(
  { archivePrefix }: Pick<ShardNames, 'archivePrefix'>,
  org: string,
  task: string,
): string {
  return `${archivePrefix}.${token(org)}.${token(task)}`;
}

/** One subject for each attempt; `*` for all of a task. */
export function outputSubject(
  { outputPrefix }: Pick<ShardNames, 'outputPrefix'>,
  org: string,
  task: string,
  generation: number | '*',
): string {
  return `${outputPrefix}.${token(org)}.${token(task)}.${generation}`;
}

/** What an attempt has changed, beside its output; `*` for all of a task. */
export function diffSubject(
  names: Pick<ShardNames, 'outputPrefix'>,
  org: string,
  task: string,
  generation: number | '*',
): string {
  return `${outputSubject(names, org, task, generation)}.diff`;
}

/** Reads the attempt's number off the subject of its output. */
export function generationOf(subject: string): number {
  return Number(subject.slice(subject.lastIndexOf('.') + 1));
}

export interface Recipient {
  readonly kind: 'agent' | 'channel';
  readonly name: string;
}

export function messageSubject(
  { messagesPrefix }: Pick<ShardNames, 'messagesPrefix'>,
  org: string,
  to: Recipient,
): string {
  return `${messagesPrefix}.${token(org)}.${to.kind}.${token(to.name)}`;
}

/** Undefined for a subject that is not one of a message. */
export function recipientOf(
  { messagesPrefix }: Pick<ShardNames, 'messagesPrefix'>,
  subject: string,
): { readonly org: string; readonly to: Recipient } | undefined {
  const [org, kind, name] = subject.slice(messagesPrefix.length + 1).split('.');
  if (org === undefined || name === undefined || (kind !== 'agent' && kind !== 'channel')) return undefined;
  return { org, to: { kind, name } };
}

/** How far an agent has acknowledged its messages. */
export function ackedSubject({ inboxesPrefix }: Pick<ShardNames, 'inboxesPrefix'>, org: string, agent: string): string {
  return `${inboxesPrefix}.${token(org)}.acked.${token(agent)}`;
}

/** Whether an agent is a member of a channel. */
export function memberSubject(
  { inboxesPrefix }: Pick<ShardNames, 'inboxesPrefix'>,
  org: string,
  channel: string,
  agent: string,
): string {
  return `${inboxesPrefix}.${token(org)}.member.${token(channel)}.${token(agent)}`;
}

/** One subject for each record of an organisation, by its number; `*` for all of them. */
export function auditSubject(
  { auditPrefix }: Pick<ShardNames, 'auditPrefix'>,
  org: string,
  record: number | '*',
): string {
  return `${auditPrefix}.${token(org)}.${record}`;
}

/** Reads the number of a record off its subject. */
export function recordNumberOf(subject: string): number {
  return Number(subject.slice(subject.lastIndexOf('.') + 1));
}

/** One subject for each delivery; its id and its channel's may be of any characters. */
export function deliverySubject(
  { deliveriesPrefix }: Pick<ShardNames, 'deliveriesPrefix'>,
  channel: string,
  delivery: string,
): string {
  const id = createHash('sha256').update(`${channel}\n${delivery}`).digest('base64url');
  return `${deliveriesPrefix}.${token(id)}`;
}

/** The bytes of one object, or of all. */
export function chunkSubject(bucket: string, nuid: string | '>'): string {
  return `${bucketPrefix(bucket)}.C.${nuid}`;
}

/** The description of one object. */
export function objectSubject(bucket: string, name: string): string {
  return `${bucketPrefix(bucket)}.M.${Base64UrlPaddedCodec.encode(name)}`;
}

/** The descriptions of all objects. */
export function objectSubjects(bucket: string): string {
  return `${bucketPrefix(bucket)}.M.>`;
}

export function objectNameOf(bucket: string, subject: string): string {
  return Buffer.from(subject.slice(bucketPrefix(bucket).length + '.M.'.length), 'base64url').toString();
}

function token(text: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) throw new RangeError(`"${text}" cannot be part of a subject`);
  return text;
}
