// A nats-server that a killed hub has left on this store. It is ours only when process, program and credential all say so;
// one that holds the store and is not provably ours is left alone, and so is the store.

import { setTimeout as delay } from 'node:timers/promises';
import { commandLine, identify, isRunning, type ProcessIdentity } from '@agentcom/schemas/host';
import { isFree } from './port.js';
import { probe } from './probe.js';
import { type OwnCredentials, readRecord, readText, type ServerFiles } from './server-files.js';
import { StoreInUse } from './server-process.js';

const RETRY_MS = 100;
const PROBE_TIMEOUT_MS = 2_000;

export interface Leftover {
  readonly identity: ProcessIdentity;
  readonly executable: string;
  readonly version: string;
  readonly port: number;
}

/**
 * Null when nobody holds the store. A server that still starts or stops gets `timeoutMs` to answer or to go.
 * Throws `StoreInUse` for one that holds the store and is not provably ours, or stays silent.
 */
export async function findLeftover(
  files: ServerFiles,
  credentials: OwnCredentials,
  executable: string,
  timeoutMs: number,
): Promise<Leftover | null> {
  const port = portOf(readText(files.config));
  const holder = findHolder(files);
  if (holder === null) {
    if (port === null || (await isFree(port))) return null;
    if ((await probe(port, credentials, PROBE_TIMEOUT_MS)).kind !== 'ours') return null;
    throw new StoreInUse(`an unknown process serves the streams in ${files.directory} on port ${port}: stop it first`);
  }
  if (port === null) throw new StoreInUse(describe(holder, files, `its port is not in ${files.config}`));
  const known = [executable, readRecord(files)?.executable];
  if (!known.includes(holder.executable)) {
    throw new StoreInUse(describe(holder, files, `runs ${holder.executable}, which this hub did not start`));
  }
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await probe(port, credentials, PROBE_TIMEOUT_MS);
    if (!isRunning(holder.identity)) return null;
    if (answer.kind === 'ours') return { ...holder, version: answer.version, port };
    if (answer.kind === 'foreign') {
      throw new StoreInUse(describe(holder, files, `does not accept the credential in ${files.credentials}`));
    }
    if (performance.now() >= deadline) throw new StoreInUse(describe(holder, files, 'does not answer'));
    await delay(RETRY_MS);
  }
}

/** The port a configuration of ours names. */
export function portOf(config: string): number | null {
  const match = /^listen: "127\.0\.0\.1:([0-9]+)"$/m.exec(config);
  return match === null ? null : Number(match[1]);
}

/**
 * The process that runs with our configuration: by the record, which knows its start time, or, when the hub died before writing one,
 * by the number that nats-server wrote.
 */
function findHolder(files: ServerFiles): { identity: ProcessIdentity; executable: string } | null {
  const recorded = readRecord(files)?.identity;
  const written = identify(Number(readText(files.pid).trim()));
  for (const identity of [recorded, written]) {
    if (identity === undefined || !isRunning(identity)) continue;
    const command = commandLine(identity.pid).replaceAll('\0', ' ');
    const suffix = ` -c ${files.config}`;
    if (command.endsWith(suffix)) return { identity, executable: command.slice(0, -suffix.length) };
  }
  return null;
}

function describe(holder: { identity: ProcessIdentity }, files: ServerFiles, what: string): string {
  return `process ${holder.identity.pid} holds the streams in ${files.directory} and ${what}: stop it first`;
}
