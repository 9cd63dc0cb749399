// Opens a request for every pushed branch whose repository is kept at a forge that the configuration has a token for.

import { readFile } from 'node:fs/promises';
import type { RepoAddress, SidecarSettings } from '@agentcom/schemas';
import { repoAddress } from '@agentcom/schemas/repo-address';
import type { Requested } from '../core/attempt.js';
import type { Job } from '../core/job-model.js';
import {
  type ForgeKind,
  givenUpText,
  howToOpen,
  pullRequest,
  type RequestSettings,
  targetOf,
  wellKnown,
} from '../core/pull-request.js';
import type { Forge, Outcome } from '../ports.js';
import { ForgeApi, ForgeError } from './api.js';
import { giteaApiUrl, giteaHeaders, openOnGitea, withdrawOnGitea } from './gitea.js';
import { githubApiUrl, githubHeaders, openOnGithub, withdrawOnGithub } from './github.js';
import { gitlabApiUrl, gitlabHeaders, openOnGitlab, withdrawOnGitlab } from './gitlab.js';
import type { OpenRequest, WithdrawRequest } from './host.js';

interface HostKind {
  readonly apiUrl: (host: string) => string;
  readonly headers: (token: string) => Record<string, string>;
  readonly open: OpenRequest;
  readonly withdraw: WithdrawRequest;
}

const KINDS: Record<ForgeKind, HostKind> = {
  github: { apiUrl: githubApiUrl, headers: githubHeaders, open: openOnGithub, withdraw: withdrawOnGithub },
  gitlab: { apiUrl: gitlabApiUrl, headers: gitlabHeaders, open: openOnGitlab, withdraw: withdrawOnGitlab },
  gitea: { apiUrl: giteaApiUrl, headers: giteaHeaders, open: openOnGitea, withdraw: withdrawOnGitea },
};

export interface ForgesSettings {
  readonly agent: string;
  readonly forges: SidecarSettings['forges'];
  readonly pullRequest: SidecarSettings['pullRequest'];
  /** Shortened in tests. */
  readonly timeoutMs?: number;
}

export class Forges implements Forge {
  constructor(readonly settings: ForgesSettings) {}

  async request(job: Job, signal: AbortSignal): Promise<Outcome<Requested>> {
    const { workspace } = job;
    if (workspace?.kind !== 'git') throw new Error('only work on a repository has a request');
    const repo = repoAddress(workspace.url);
    // Nobody opens requests in a directory.
    if (repo === null) return { ok: true, value: { url: null, notes: [] } };
    const forge = this.#forgeOf(repo);
    const kind = forge?.kind ?? wellKnown(repo.host);
    const byHand = howToOpen({ branch: workspace.branch, base: targetOf(job) }, repo, kind);
    if (forge?.tokenFile === undefined) return { ok: true, value: { url: null, notes: [byHand] } };
    try {
      const api = await this.#api(forge, repo, forge.tokenFile, signal);
      const wanted = pullRequest(job, await this.#requestSettings());
      return { ok: true, value: await KINDS[forge.kind].open(api, repo.path, wanted) };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof ForgeError)) throw error;
      return { ok: false, failure: { ...error.failure, message: `${error.failure.message}. ${byHand}` } };
    }
  }

  async withdraw(job: Job, signal: AbortSignal): Promise<string | null> {
    const { workspace } = job;
    const repo = workspace?.kind === 'git' ? repoAddress(workspace.url) : null;
    const forge = repo === null ? undefined : this.#forgeOf(repo);
    if (workspace?.kind !== 'git' || repo === null || forge?.tokenFile === undefined) return null;
    const api = await this.#api(forge, repo, forge.tokenFile, signal);
    const { branch } = workspace;
    return KINDS[forge.kind].withdraw(api, repo.path, { branch, base: targetOf(job), comment: givenUpText(job) });
  }

  #forgeOf({ host }: RepoAddress) {
    return this.settings.forges.find((forge) => forge.host.toLowerCase() === host);
  }

  async #requestSettings(): Promise<RequestSettings> {
    const { agent, pullRequest: wished } = this.settings;
    const template =
      wished.template === undefined ? null : await readOrRefuse(wished.template, 'the pull request template');
    return { agent, draft: wished.draft, labels: wished.labels, reviewers: wished.reviewers, template };
  }

  /** The token is read anew each time, so that it can be replaced while the sidecar runs. */
  async #api(
    { kind, apiUrl }: SidecarSettings['forges'][number],
    { host }: RepoAddress,
    tokenFile: string,
    signal: AbortSignal,
  ): Promise<ForgeApi> {
    const token = (await readOrRefuse(tokenFile, 'the forge token')).trim();
    const { timeoutMs } = this.settings;
    return new ForgeApi({
      url: (apiUrl ?? KINDS[kind].apiUrl(host)).replace(/\/+$/, ''),
      headers: KINDS[kind].headers(token),
      signal,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }
}

async function readOrRefuse(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const message = `${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ForgeError(0, { class: 'permanent', code: 'forge.not_configured', message });
  }
}
