// What can happen to the store of a hub with its own nats-server: no room, a flipped bit, files that are gone, a refused start.

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, cpSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Answer, HubApi, Problem } from './api.js';
import { CLI } from './cli.js';
import { spawnHub } from './hub.js';
import { filesBelow, journalBlocks } from './nats-process.js';
import type { Sandbox } from './sandbox.js';
import { within } from './wait.js';

const REFUSAL_TIMEOUT_MS = 60_000;

const SUBJECT = 'agentcom.main.journal.0';
/** Length, sequence, time and length of the subject, which comes next. */
const RECORD_HEAD_BYTES = 22;
/** Files of nats-server that it can make anew from the messages. */
const DERIVED = new Set(['index.db', 'thw.db', 'sched.db']);

/** Gives the process no file larger than `bytes`, as a full disk would; null takes the limit back. */
export function limitFileSize(pid: number, bytes: number | null): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes ?? 'unlimited'}:unlimited`]);
}

/** Bytes of the largest file of the store. */
export function largestFileBytes(dataDir: string): number {
  return Math.max(...filesBelow(join(dataDir, 'nats')).map((path) => statSync(path).size));
}

export interface Place {
  /** The last message that holds it is meant. */
  readonly text: string;
  /** Not the text itself but the length that nats-server keeps before the message. */
  readonly inLength?: boolean;
}

/** Flips one bit in a message of the journal. Returns the end before that message, `SEQ:HASH`. */
export function flipBit(dataDir: string, { text, inLength = false }: Place): string {
  const { path, begin, at, seq, prev } = messageWith(dataDir, text);
  const head = readFileSync(path).lastIndexOf(SUBJECT, begin) - RECORD_HEAD_BYTES;
  flipByte(path, inLength ? head : at);
  return `${seq - 1}:${prev}`;
}

/** Flips one bit in the last message of any stream that holds `text`. */
export function flipBitAt(dataDir: string, text: string): void {
  for (const path of filesBelow(join(dataDir, 'nats')).filter((name) => name.endsWith('.blk'))) {
    const at = readFileSync(path).lastIndexOf(text);
    if (at >= 0) return flipByte(path, at);
  }
  throw new Error(`no block of the store holds ${text}`);
}

/** Where in the journal the last message that holds `text` is. */
export function messageWith(dataDir: string, text: string): Message {
  for (const path of journalBlocks(join(dataDir, 'nats')).reverse()) {
    const bytes = readFileSync(path);
    const at = bytes.lastIndexOf(text);
    if (at < 0) continue;
    const begin = bytes.lastIndexOf('{"v":1,', at);
    const head = bytes.toString('latin1', begin, at + text.length);
    const [, seq, prev = ''] = /"seq":(\d+),.*?"prev":"([0-9a-f]*)"/.exec(head) ?? [];
    return { path, begin, at, seq: Number(seq), prev };
  }
  throw new Error(`no block of the journal holds ${text}`);
}

interface Message {
  readonly path: string;
  readonly begin: number;
  readonly at: number;
  readonly seq: number;
  /** Hash of the message before. */
  readonly prev: string;
}

/** In place, because nats-server may be writing elsewhere in the file. */
function flipByte(path: string, at: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

/** Removes every index that nats-server keeps beside the messages; the names of the files removed. */
export function removeDerivedFiles(dataDir: string): string[] {
  const found = filesBelow(join(dataDir, 'nats', 'jetstream')).filter((path) => DERIVED.has(basename(path)));
  for (const path of found) rmSync(path);
  return found.map((path) => basename(path));
}

/** Removes all streams, as if somebody had cleaned up. */
export function removeStore(dataDir: string): void {
  rmSync(join(dataDir, 'nats', 'jetstream'), { recursive: true });
}

/** A copy of a stopped hub's data, so that several ways can be tried on the same damage. */
export function copyOf(sandbox: Sandbox, dataDir: string): string {
  const copy = sandbox.path(`copy-${randomUUID().slice(0, 8)}`);
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

export interface Refused {
  readonly message: string;
  /** What the message offers to accept. */
  readonly end: string;
}

/** Starts the hub, which must end by itself, with code 78 (1 for what was said wrongly or cannot be read) and a message that says what to do. */
export async function refusedStart(sandbox: Sandbox, dataDir: string, args: readonly string[] = []): Promise<Refused> {
  const child = spawnHub(sandbox, { dataDir, args });
  const { code } = await within(child.ended, REFUSAL_TIMEOUT_MS, 'the refusal');
  if (code !== 78 && code !== 1) throw new Error(`the hub ended with ${code}:\n${child.tail}`);
  return refusalIn(child.tail);
}

/** Reads both ways out from what a hub said at its end. */
export function refusalIn(said: string): Refused {
  const line = said.split('\n').findLast((one) => one.startsWith('{"error"')) ?? '';
  const message = line === '' ? said : (JSON.parse(line) as { error: { message: string } }).error.message;
  const end = /`agentcom up --accept-journal-end ((?:0|[1-9]\d*):(?:[0-9a-f]{64})?)`/.exec(message)?.[1] ?? '';
  return { message, end };
}

/** `agentcom backup restore --replace`; throws with what it said when it fails. */
export function restore(dataDir: string, file: string): { readonly kept: string | null; readonly tasks: number } {
  const args = [CLI, 'backup', 'restore', file, '--replace', '--data-dir', dataDir, '--json'];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
}

export interface Submission {
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A task that stays queued, and that can be asked for again. */
export function submission(title: string, promptBytes = 200): Submission {
  return { key: title, body: { title, prompt: 'x'.repeat(promptBytes), needs: ['nobody'] } };
}

export function send(api: HubApi, { key, body }: Submission): Promise<Answer<Problem & { id: string }>> {
  return api.call('POST', '/tasks', body, { 'idempotency-key': key });
}

/** One after the other, so that each is a batch of its own; the ids, in order. */
export async function submitEach(api: HubApi, count: number, prefix: string): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push((await send(api, submission(`${prefix}-${i}.`))).body.id);
  return ids;
}
