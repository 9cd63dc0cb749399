// What makes a data directory this hub's own: its id in the journal, the owner's first key, and the key that seals secrets.

import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { HubSettings } from '@agentcom/schemas';
import { codeOf, makePrivateDirectory, writeDurably } from '@agentcom/schemas/host';
import { isLoopback } from '@agentcom/schemas/host/network/proxy';
import { ADDRESS_FILE } from '@agentcom/schemas/names';
import { uuidv7 } from 'uuidv7';
import { ChannelSettings } from './access/channel-settings.js';
import type { OpenIdSettings } from './access/open-id.js';
import { Sealer } from './access/sealing.js';
import { opensTotp } from './access/second-factor.js';
import { newKey } from './access/secrets.js';
import { HUB_ORG } from './core/access/access.js';
import type { State } from './core/state.js';

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

/**
 * The owner's key and the key that seals secrets, each in a file that only its user can read. They are made by a hub that leads, which puts the
 * one into the journal: those of a hub that follows would be good nowhere.
 */
export class HubKeys {
  readonly sealer = new Sealer();
  readonly #ownerFile: string;
  readonly #secretFile: string;
  #owner: string | undefined;

  private constructor(dataDir: string, secretKeyFile: string | undefined) {
    this.#ownerFile = join(dataDir, 'owner.key');
    this.#secretFile = secretKeyFile ?? join(dataDir, 'secret.key');
  }

  /** With those that are there. Throws where the secret key is none. */
  static async open(dataDir: string, secretKeyFile?: string): Promise<HubKeys> {
    const keys = new HubKeys(dataDir, secretKeyFile);
    keys.#owner = await readKey(keys.#ownerFile);
    const secret = await readKey(keys.#secretFile);
    if (secret !== undefined) keys.#useSecret(secret);
    return keys;
  }

  /** Makes those that are missing; the owner's key. */
  async make(): Promise<string> {
    if (!this.sealer.hasKey) this.#useSecret(await readOrMake(this.#secretFile, () => Sealer.newKey()));
    this.#owner ??= await readOrMake(this.#ownerFile, () => newKey(HUB_ORG).key);
    return this.#owner;
  }

  /** Where the owner's key is, once there is one here. */
  get ownerFile(): string | undefined {
    return this.#owner === undefined ? undefined : this.#ownerFile;
  }

  /** What keeps this hub from reading what was sealed, in words for whoever runs it. */
  secretFault(state: State): string | undefined {
    const lost = [
      ...(this.#opensTotps(state) ? [] : ['codes of authenticator apps cannot be checked']),
      ...(this.#opensChannels(state) ? [] : ['nobody can be told anything by the channels for notifications']),
    ];
    if (lost.length === 0) return undefined;
    const what = this.sealer.hasKey ? 'is not the key that sealed what the journal holds' : 'is missing';
    return `the hub's ${basename(this.#secretFile)} ${what}: copy the file of the hub that led before, and restart; until then, here, ${lost.join(' and ')}`;
  }

  /** One stands for all: they are sealed with one key. */
  #opensTotps({ people }: State): boolean {
    const sealed = [...people.values()].find(({ totp }) => totp !== undefined);
    return sealed?.totp === undefined || opensTotp(this.sealer, sealed.id, sealed.totp.secret);
  }

  #opensChannels({ notify }: State): boolean {
    const [sealed] = [...notify.channels.values(), ...notify.subscriptions.values()];
    return sealed === undefined || new ChannelSettings(this.sealer).open(sealed.id, sealed.settings) !== undefined;
  }

  #useSecret(key: string): void {
    try {
      this.sealer.use(key);
    } catch (error) {
      const what = `${this.#secretFile}: ${(error as Error).message}`;
      throw new Error(`${what}; put back the file as it was, or copy the one of another hub`);
    }
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

/** Undefined if the file does not exist. */
async function readKey(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  }
}

async function readOrMake(file: string, make: () => string): Promise<string> {
  const known = await readKey(file);
  if (known !== undefined) return known;
  const text = make();
  await writeDurably(file, `${text}\n`);
  return text;
}
