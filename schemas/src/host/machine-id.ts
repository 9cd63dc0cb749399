// Tells a machine from a copy of its files. The id lies in a file that knows its own inode, when it was made, and where it lay: in a copy these
// are others, and the copy gets an id of its own. A container that is made anew on the same volume keeps the file, and so the id.

import { createHash, randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from './error-code.js';

const SYSTEM_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

interface MachineFile {
  readonly id: string;
  readonly inode: string;
  readonly madeAt: string;
  /** Of the system; '' where it has none. */
  readonly system: string;
  readonly host: string;
  readonly path: string;
}

export interface MachineId {
  readonly id: string;
  /** Where the files were copied from; undefined when they are no copy. */
  readonly copiedFrom: { readonly host: string; readonly path: string } | undefined;
}

/** Reads the id at this absolute path, and makes one where there is none or the file is a copy. */
export function machineId(path: string): MachineId {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const { ino, birthtimeNs } = fstatSync(file, { bigint: true });
    const here = {
      inode: String(ino),
      madeAt: String(birthtimeNs),
      system: systemId(),
      host: hostname(),
      path,
    };
    const kept = parse(readFileSync(file, 'utf8'));
    if (kept !== undefined && isHere(kept, here)) return { id: kept.id, copiedFrom: undefined };
    const id = randomUUID();
    ftruncateSync(file);
    writeSync(file, `${JSON.stringify({ id, ...here })}\n`, 0);
    fsyncSync(file);
    return { id, copiedFrom: kept === undefined ? undefined : { host: kept.host, path: kept.path } };
  } finally {
    closeSync(file);
  }
}

/** The very file on the same system, or, where a file system makes up its inodes at each start, a file in the same place. */
function isHere(kept: MachineFile, here: Omit<MachineFile, 'id'>): boolean {
  if (kept.system !== here.system) return false;
  const isSameFile = kept.inode === here.inode && kept.madeAt === here.madeAt;
  return isSameFile || (kept.host === here.host && kept.path === here.path);
}

/** Only compared, and told to nobody as it is. */
function systemId(): string {
  for (const path of SYSTEM_ID_FILES) {
    const text = readIfThere(path).trim();
    if (/^[0-9a-f]{32}$/.test(text)) return createHash('sha256').update(`agentcom ${text}`).digest('hex');
  }
  return '';
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) !== undefined) return '';
    throw error;
  }
}

function parse(text: string): MachineFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Partial<Record<keyof MachineFile, unknown>>;
  const names = ['id', 'inode', 'madeAt', 'system', 'host', 'path'] as const;
  return names.every((name) => typeof fields[name] === 'string') ? (fields as MachineFile) : undefined;
}
