// What makes a data directory this hub's own: its id in the journal, and the owner's first key.

import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubSettings } from '@agentcom/schemas';
import { codeOf, makePrivateDirectory, writeDurably } from '@agentcom/schemas/host';
import { isLoopback } from '@agentcom/schemas/host/network/proxy';
import { ADDRESS_FILE } from '@agentcom/schemas/names';
import { uuidv7 } from 'uuidv7';
import type { OpenIdSettings } from './access/open-id.js';
import { Sealer } from './access/sealing.js';
import { newKey } from './access/secrets.js';
import { HUB_ORG } from './core/access/access.js';

const OTHERS_MAY = 0o077;

/**
 * Makes the directory, which only its user can enter, and takes from others what they may do with the directory and the keys in it. Tells
 * `onMended` of each: whoever could read a key may have it.
 */
export async function privateDirectory(dataDir: string, onMended: (path: string) => void): Promise<void> {
  const mended: string[] = [];
  if (await isOpen(dataDir)) mended.push(dataDir);
  await makePrivateDirectory(dataDir);
  for (const name of await readdir(dataDir)) {
    const file = join(dataDir, name);
    if (!name.endsWith('.key') || !(await isOpen(file))) continue;
    await chmod(file, 0o600);
    mended.push(file);
  }
  mended.forEach(onMended);
}

/** A link has no permissions of its own. */
async function isOpen(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & OTHERS_MAY) !== 0;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return false;
  }
}

/** Names this hub in the journal; made once. */
export function hubId(dataDir: string): Promise<string> {
  return readOrMake(join(dataDir, 'hub-id'), () => `hub-${uuidv7()}`);
}

export interface OwnerKey {
  readonly file: string;
  readonly key: string;
}

/** The owner's key, made once and kept in a file that only its user can read. */
export async function ownerKey(dataDir: string): Promise<OwnerKey> {
  const file = join(dataDir, 'owner.key');
  return { file, key: await readOrMake(file, () => newKey(HUB_ORG).key) };
}

/** What only the hub may read is sealed with a key of its own, made once; hubs of one namespace share it. */
export async function secretSealer(dataDir: string, keyFile: string | undefined): Promise<Sealer> {
  const file = keyFile ?? join(dataDir, 'secret.key');
  const key = await readOrMake(file, () => Sealer.newKey());
  try {
    return new Sealer(key);
  } catch (error) {
    throw new Error(
      `${file}: ${(error as Error).message}; put back the file as it was, or copy the one of another hub`,
    );
  }
}

/** Where people may sign in at an identity provider; undefined when nothing is set up. Throws where it is not whole. */
export async function openIdSettings(settings: HubSettings): Promise<OpenIdSettings | undefined> {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecretFile: file } = settings;
  const { oidcDomains: domains, oidcOrg: org, oidcRole: role, oidcRoleClaim: roleClaim } = settings;
  if (issuer === undefined && clientId === undefined && file === undefined) return undefined;
  if (issuer === undefined || clientId === undefined)
    throw new Error('to sign in at an identity provider, set both oidcIssuer and oidcClientId');
  if (new URL(issuer).protocol === 'http:' && !isLoopback(new URL(issuer)))
    throw new Error('oidcIssuer must be an https:// address; http:// is only for this machine');
  const clientSecret = file === undefined ? undefined : (await readFile(file, 'utf8')).trim();
  return { issuer, clientId, clientSecret, domains, org, role, roleClaim };
}

/** Keeps with the owner's key where this hub is reached, so that the key is sent to no other. */
export async function writeAddress(dataDir: string, addresses: readonly (string | undefined)[]): Promise<void> {
  const file = join(dataDir, ADDRESS_FILE);
  const text = `${addresses.filter((address) => address !== undefined).join('\n')}\n`;
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeDurably(file, text);
}

async function readOrMake(file: string, make: () => string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const text = make();
  await writeDurably(file, `${text}\n`);
  return text;
}
