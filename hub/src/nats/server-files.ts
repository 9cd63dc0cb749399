// What a nats-server of our own keeps on disk: configuration, credential, the record of its process, logs and the streams.
// Everything that holds a secret has mode 0600 and is replaced whole.

import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, isProcessIdentity, type ProcessIdentity, writeDurably } from '@agentcom/schemas/host';

export interface ServerFiles {
  readonly directory: string;
  readonly config: string;
  readonly credentials: string;
  readonly record: string;
  /** Written by nats-server itself. */
  readonly pid: string;
  readonly log: string;
  /** What nats-server prints before its log is open, since its last start. */
  readonly out: string;
  readonly store: string;
  /** Locked by the server's process itself, for as long as it lives. */
  readonly lock: string;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The server's name comes with its credential: a server that accepts the one and bears the other is ours. */
export interface OwnCredentials extends Credentials {
  readonly serverName: string;
}

export interface ServerRecord {
  readonly identity: ProcessIdentity;
  readonly executable: string;
}

export function serverFiles(directory: string): ServerFiles {
  return {
    directory,
    config: join(directory, 'nats-server.conf'),
    credentials: join(directory, 'credentials.json'),
    record: join(directory, 'process.json'),
    pid: join(directory, 'nats-server.pid'),
    log: join(directory, 'nats-server.log'),
    out: join(directory, 'nats-server.out'),
    store: directory,
    lock: join(directory, 'nats-server.lock'),
  };
}

/** Reads the credential, and makes one where none is readable. */
export async function ownCredentials(files: ServerFiles): Promise<OwnCredentials> {
  const kept = readJson(files.credentials);
  if (isOwnCredentials(kept)) return kept;
  const made = {
    serverName: `agentcom-${randomBytes(8).toString('hex')}`,
    user: 'agentcom',
    password: randomBytes(32).toString('base64url'),
  };
  await writeDurably(files.credentials, `${JSON.stringify(made)}\n`);
  return made;
}

export function readRecord(files: ServerFiles): ServerRecord | null {
  const record = readJson(files.record);
  if (typeof record !== 'object' || record === null) return null;
  const { identity, executable } = record as Partial<Record<string, unknown>>;
  return isProcessIdentity(identity) && typeof executable === 'string' ? { identity, executable } : null;
}

export function writeRecord(files: ServerFiles, record: ServerRecord): Promise<void> {
  return writeDurably(files.record, `${JSON.stringify(record)}\n`);
}

export function removeRecord(files: ServerFiles): void {
  rmSync(files.record, { force: true });
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isOwnCredentials(value: unknown): value is OwnCredentials {
  if (typeof value !== 'object' || value === null) return false;
  const { serverName, user, password } = value as Partial<Record<string, unknown>>;
  return [serverName, user, password].every((field) => typeof field === 'string' && field !== '');
}
