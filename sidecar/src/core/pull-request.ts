// What a pull request for finished work says, and how a person opens one where the sidecar cannot.

import type { RepoAddress } from '@agentcom/schemas';
import { ellipsize } from '@agentcom/schemas/clip';
import type { Job } from './job-model.js';

export type ForgeKind = 'github' | 'gitlab' | 'gitea';

export interface PullRequest {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly draft: boolean;
}

export interface RequestSettings {
  readonly agent: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  /** Markdown with `{{placeholders}}`; null for the one of the sidecar. */
  readonly template: string | null;
}

/** GitHub takes 65,536 characters; the others take more. */
const BODY_CHARS_MAX = 60_000;

const TEMPLATE = `{{summary}}

| | |
| --- | --- |
| task | {{title}} (\`{{task}}\`) |
| agent | {{agent}} |
| lane | {{lane}} |
| cost | {{cost}} |

### Verification

{{verification}}
`;

/** The branch that the work is meant for, as far as is known. */
export function targetOf({ workspace, checked, requested }: Job): string {
  if (workspace?.kind !== 'git') throw new Error('only work on a repository is meant for a branch');
  return requested?.target ?? checked?.target ?? workspace.baseBranch;
}

/** The job whose work is meant for that branch. */
export function meantFor(job: Job, target: string): Job {
  return job.checked === null ? job : { ...job, checked: { ...job.checked, target } };
}

/** The request for a job whose branch is pushed. The repository's own settings are added to the sidecar's. */
export function pullRequest(job: Job, settings: RequestSettings): PullRequest {
  const { workspace, task } = job;
  if (workspace?.kind !== 'git') throw new Error('only work on a repository has a request');
  const own = workspace.settings.pullRequest;
  const labels = [`agent:${settings.agent}`, `lane:${task.lane}`, ...settings.labels, ...own.labels];
  return {
    branch: workspace.branch,
    base: targetOf(job),
    title: task.title,
    body: filled(settings.template ?? TEMPLATE, placeholders(job, settings.agent)),
    labels: [...new Set(labels)],
    reviewers: [...new Set([...settings.reviewers, ...own.reviewers])],
    draft: own.draft ?? settings.draft,
  };
}

/** What stands for itself in a template: any other text in double braces stays as it is. */
function placeholders(job: Job, agent: string): ReadonlyMap<string, string> {
  const { task, workspace, submitted, exit, usage } = job;
  const summary = submitted?.summary ?? exit?.final?.text ?? exit?.tail ?? '';
  return new Map([
    ['task', task.id],
    ['title', task.title],
    ['agent', agent],
    ['lane', task.lane],
    ['summary', summary.trim() === '' ? task.title : summary.trim()],
    ['branch', workspace?.kind === 'git' ? workspace.branch : ''],
    ['base', workspace?.kind === 'git' ? targetOf(job) : ''],
    ['commit', job.checked?.commit ?? ''],
    ['cost', costText(usage, task.used?.costMicros)],
    ['verification', verificationText(job)],
  ]);
}

function filled(template: string, values: ReadonlyMap<string, string>): string {
  const text = template.replace(/\{\{\s*([a-z]+)\s*\}\}/g, (whole, name: string) => values.get(name) ?? whole);
  return ellipsize(text, BODY_CHARS_MAX);
}

function costText(usage: Job['usage'], before = 0): string {
  const { costMicros, currency = 'USD', inputTokens = 0, outputTokens = 0 } = usage;
  const tokens = `${inputTokens + outputTokens} tokens`;
  if (costMicros === undefined) return inputTokens + outputTokens === 0 ? 'not known' : tokens;
  return `${((costMicros + before) / 1e6).toFixed(2)} ${currency}, ${tokens} in the last attempt`;
}

function verificationText({ verification }: Job): string {
  if (verification.length === 0) return 'No commands were requested.';
  return verification
    .map(({ command, exitCode, seconds }) => {
      const outcome = exitCode === 0 ? 'passed' : `failed (${exitCode ?? 'no exit code'})`;
      return `- ${codeSpan(command)} ${outcome} in ${seconds.toFixed(1)} s`;
    })
    .join('\n');
}

/** A code span may hold backquotes when it is set in more of them than it holds in a row. */
function codeSpan(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}

/** Why a request is closed whose attempt was given up. */
export function givenUpText({ task, generation }: Job): string {
  return `Closed by AgentCom: attempt ${generation} at task \`${task.id}\` was given up: the task was cancelled, it ran out of time, or another attempt took over. The branch is still there; see \`agentcom task show ${task.id}\` for what happened.`;
}

/** A sentence for whoever has to open the request by hand. */
export function howToOpen(
  { branch, base }: Pick<PullRequest, 'branch' | 'base'>,
  repo: RepoAddress,
  kind: ForgeKind | null,
): string {
  const plain = `Open a pull request from ${branch} into ${base}`;
  if (kind === null) return `${plain} at ${repo.host}.`;
  const root = `https://${repo.host}/${repo.path}`;
  const [from, into] = [encodeURIComponent(branch), encodeURIComponent(base)];
  const page: Record<ForgeKind, string> = {
    github: `${root}/compare/${into}...${from}?expand=1`,
    gitlab: `${root}/-/merge_requests/new?merge_request%5Bsource_branch%5D=${from}&merge_request%5Btarget_branch%5D=${into}`,
    gitea: `${root}/compare/${into}...${from}`,
  };
  return `${plain}: ${page[kind]}`;
}

/** What kind of forge serves a well-known host. */
export function wellKnown(host: string): ForgeKind | null {
  switch (host) {
    case 'github.com':
      return 'github';
    case 'gitlab.com':
      return 'gitlab';
    case 'codeberg.org':
    case 'gitea.com':
      return 'gitea';
    default:
      return null;
  }
}
