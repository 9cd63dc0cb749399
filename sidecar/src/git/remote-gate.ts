// Asked before git speaks to any remote: whether the settings of this machine allow it.

import { lookup } from 'node:dns/promises';
import { realpath } from 'node:fs/promises';
import { isIP } from 'node:net';
import { isRepoUrl } from '@agentcom/schemas/git-names';
import { type Environment, proxyFor } from '@agentcom/schemas/host/network/proxy';
import type { Failure } from '../core/attempt.js';
import {
  type JudgedRemote,
  judgeAddresses,
  judgeDirectory,
  judgeRemote,
  type RemotePolicy,
} from '../core/remote-policy.js';
import { GitFailure } from './failures.js';

export type LookUp = (name: string) => Promise<readonly string[]>;

export class RemoteGate {
  readonly #policy: RemotePolicy;
  readonly #env: Environment;
  readonly #lookUp: LookUp;

  /** `env` names the proxies that git takes. */
  constructor(policy: RemotePolicy, env: Environment, lookUp: LookUp = addressesOf) {
    this.#policy = policy;
    this.#env = env;
    this.#lookUp = lookUp;
  }

  /**
   * Rejects with a `GitFailure` for an address that may not be used. A name is resolved as git will resolve it, right before; whoever
   * answers for the name can still give git another address than the one that was judged here. Against that only `git.hosts`
   * helps, or a network that leads to no such place. Nothing is known of what a proxy, a `HostName` of ssh or an `insteadOf` of the
   * user's own configuration makes of the name: those are the owner's.
   */
  async need(url: string): Promise<void> {
    if (!isRepoUrl(url)) {
      const message = 'the address of the repository cannot be used';
      throw new GitFailure({ class: 'permanent', code: 'git.address_refused', message });
    }
    const judged = judgeRemote(url, this.#policy);
    if ('failure' in judged) throw new GitFailure(judged.failure);
    const failure = await this.#whereItLeads(url, judged);
    if (failure !== undefined) throw new GitFailure(failure);
  }

  async #whereItLeads(url: string, judged: Exclude<JudgedRemote, { failure: Failure }>): Promise<Failure | undefined> {
    if ('directory' in judged) {
      const directories = await Promise.all(this.#policy.directories.map(realPattern));
      return judgeDirectory(await realPlace(judged.directory), { ...this.#policy, directories });
    }
    if (this.#policy.localHosts.includes('*')) return undefined;
    return judgeAddresses(judged.host, await this.#addressesOf(url, judged.host.name), this.#policy);
  }

  /** A name that a proxy resolves may be unknown here, and it may take long to learn that. */
  async #addressesOf(url: string, name: string): Promise<readonly string[]> {
    if (isIP(name) !== 0) return [name];
    return isProxied(url, this.#env) ? [] : this.#lookUp(name);
  }
}

/** Where nothing is, git says so. */
function realPlace(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** The owner may name a directory by a link. */
async function realPattern(pattern: string): Promise<string> {
  const star = pattern.indexOf('*');
  const fixed = star < 0 ? pattern : pattern.slice(0, pattern.lastIndexOf('/', star));
  return `${await realPlace(fixed)}${pattern.slice(fixed.length)}`;
}

function isProxied(url: string, env: Environment): boolean {
  if (!/^https?:/i.test(url)) return false;
  try {
    return proxyFor(new URL(url), env) !== undefined;
  } catch {
    // Not a proxy as we know them: git may take it or not.
    return false;
  }
}

/** None when it cannot be resolved: git says so itself, and a proxy may know more. */
async function addressesOf(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
