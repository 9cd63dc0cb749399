// What the hub is told of an attempt, within what it takes: a report that it refused for its form would cost finished work.

import type { Result, Session } from '@agentcom/schemas';
import { clip } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';
import { isRequestOf } from '@agentcom/schemas/repo-address';
import { limitEndOf } from './accounts.js';
import type { Failure } from './attempt.js';
import type { Job, RunProgress } from './job-model.js';
import type { ReportBody } from './outbox.js';
import { targetOf } from './pull-request.js';
import { addUsage, reportable } from './usage.js';
import { firstFailed, reportableRun } from './verification.js';

/** A result is a part of one frame; escaping makes some texts several times as long. */
const RESULT_BYTES = LIMITS.frameBytes - 16 * 1024;
const LET_THROUGH = 'The work of an earlier attempt, pushed unchanged because a person approved it.';
const UNWATCHED = 'The budget could not be watched: this agent does not report its usage.';
const MODEL = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/;
const ONE_LINE = /^(?!\s*$)[^\u0000-\u001f\u007f]{1,128}$/;
const WEB_URL = /^https?:\/\/[^\s@]+$/i;
const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:[0-5]\d(?:\.\d{1,9})?Z$/;

export function progressOf(job: Job, progress: RunProgress & { readonly paths?: readonly string[] }): ReportBody {
  const { note, fraction, usage, paths } = progress;
  const session = sessionOf(progress.session);
  return {
    type: 'task.progress',
    ...(note !== undefined && { note }),
    ...(fraction !== undefined && { fraction }),
    ...(usage !== undefined && { usage: reportable(addUsage(job.usage, usage)) }),
    ...(session !== undefined && { session }),
    ...(paths !== undefined && { paths }),
  };
}

export function completionOf(job: Job): ReportBody {
  return { type: 'task.complete', result: fitted(resultOf(job)), ...spent(job) };
}

/** The reason, where the work is, and the end of what was printed. */
export function failureReport(job: Job, failure: Failure): ReportBody {
  const where = job.salvage?.ref == null ? '' : `; the work is kept as ${job.salvage.ref}`;
  const left = job.salvage?.isComplete === false ? '; the rest stays in the files of the job' : '';
  const results = job.salvage?.notes?.map((note) => `; ${note}`).join('') ?? '';
  const printed = (firstFailed(job.verification)?.output ?? job.exit?.tail ?? '').trim();
  const output = printed === '' ? '' : `\nThe end of its output:\n${printed}`;
  const message = clip(`${clip(failure.message, 1024)}${where}${left}${results}${output}`, LIMITS.errorMessageBytes);
  const resetsAt = failure.class === 'rate_limited' ? limitEndOf(job) : null;
  return {
    type: 'task.fail',
    error: { class: failure.class, code: failure.code, message: message === '' ? failure.code : message },
    ...spent(job),
    ...leftBy(job),
    ...(resetsAt != null && UTC.test(resetsAt) && { resetsAt }),
  };
}

/** Of an attempt that the hub has given up. */
export function stopReport(job: Job) {
  const limited = job.limited === true ? { limited: true as const } : {};
  return { type: 'task.stopped' as const, ...spent(job), ...leftBy(job), ...limited };
}

/** Whether the remote may have the branch of the attempt. */
export function mayBePushed({ workspace, checked }: Job): boolean {
  return workspace?.kind === 'git' && checked !== null && checked.commit !== checked.base;
}

/** What the attempt leaves without having completed. */
function leftBy({ salvage, withdrawn, requested, workspace }: Job) {
  // It is requested once it is pushed.
  const own = requested !== null && workspace?.kind === 'git' ? workspace.branch : null;
  const branch = withdrawn?.branch ?? own ?? salvage?.branch ?? null;
  const url = withdrawn?.pullRequest ?? requested?.url ?? null;
  return {
    ...(salvage?.ref != null && { salvageRef: salvage.ref }),
    ...(branch !== null && { branch }),
    ...(url !== null && isReportable(url, workspace) && { pullRequest: url }),
  };
}

/** The hub takes no other: a forge may say that it is at another address than the repository. */
function isReportable(url: string, workspace: Job['workspace']): boolean {
  return (
    workspace?.kind === 'git' && url.length <= LIMITS.urlChars && WEB_URL.test(url) && isRequestOf(workspace.url, url)
  );
}

function spent(job: Job): { usage?: ReturnType<typeof reportable>; session?: Session } {
  const session = sessionOf(job.session?.session);
  return {
    ...(Object.keys(job.usage).length > 0 && { usage: reportable(job.usage) }),
    ...(session !== undefined && { session }),
  };
}

function sessionOf(session: Session | undefined): Session | undefined {
  if (session === undefined || !ONE_LINE.test(session.id)) return undefined;
  const { runner, id, model } = session;
  return { runner, id, ...(model !== undefined && MODEL.test(model) && { model }) };
}

/** Why nothing is pushed although all is well; null when there is work to push. */
export function noChangeOf({ workspace, checked, submitted }: Job): string | null {
  if (workspace?.kind !== 'git') return submitted?.noChange ?? null;
  if (checked === null || checked.commit !== checked.base) return null;
  return submitted?.noChange ?? 'the base already contains this change';
}

function resultOf(job: Job): Result {
  const { task, workspace, checked, requested, submitted, exit, verification, sentBack } = job;
  const said = [
    task.push === undefined ? undefined : LET_THROUGH,
    submitted?.summary,
    exit?.final?.text,
    exit?.tail,
  ].map((text) => text?.trim() ?? '');
  const summary = said.find((text) => text !== '') ?? 'finished without output';
  const url = requested?.url ?? null;
  const isUrl = url !== null && isReportable(url, workspace);
  const noChange = noChangeOf(job);
  const refused = task.push === undefined ? undefined : task.pastAttempts?.findLast(({ error }) => error !== undefined);
  const notes = [
    ...(refused?.error === undefined ? [] : [`approved by a person despite: ${firstLine(refused.error.message)}`]),
    ...goneBranches(job),
    ...sentBack.map(({ message }) => `the agent had to fix: ${firstLine(message)}`),
    ...job.notes,
    ...(checked?.notes ?? []),
    ...(requested?.notes ?? []),
    ...(url !== null && !isUrl ? [url] : []),
    ...(isUnwatched(job) ? [UNWATCHED] : []),
  ];
  return {
    summary: clip(summary, LIMITS.summaryBytes),
    ...(noChange === null
      ? workspace?.kind === 'git' && checked !== null && { branch: workspace.branch, commit: checked.commit }
      : { noChange: clip(noChange, LIMITS.noteBytes) }),
    ...(isUrl && { pullRequest: url }),
    ...(submitted?.data !== undefined && { data: submitted.data }),
    ...(verification.length > 0 && { verification: verification.slice(0, LIMITS.verify).map(reportableRun) }),
    ...(notes.length > 0 && { notes: notes.slice(0, LIMITS.notes).map((note) => clip(note, LIMITS.noteBytes) || '-') }),
  };
}

/** A branch goes with its request, as a rule once that is merged. */
function goneBranches(job: Job): string[] {
  const { task, workspace } = job;
  const { parentBranch } = task;
  if (workspace?.kind !== 'git') return [];
  const { baseBranch } = workspace;
  const isParent = baseBranch === parentBranch;
  const target = targetOf(job);
  return [
    ...(parentBranch === undefined || isParent
      ? []
      : [`the parent's branch ${parentBranch} is gone from the remote; the work started from ${baseBranch}`]),
    ...(target === baseBranch
      ? []
      : [
          `the ${isParent ? "parent's " : ''}branch ${baseBranch} was deleted from the remote during the work, which is now meant for ${target}`,
        ]),
  ];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** A program may tell nobody what it uses. */
function isUnwatched({ budget, usage }: Job): boolean {
  const isKnown = usage.costMicros !== undefined || usage.inputTokens !== undefined || usage.outputTokens !== undefined;
  return Object.keys(budget).length > 0 && !isKnown;
}

/** What the result can best do without goes first: what checks that succeeded have printed, then the notes. */
function fitted(result: Result): Result {
  const isTooLong = (some: Result) => new TextEncoder().encode(JSON.stringify(some)).length > RESULT_BYTES;
  if (!isTooLong(result)) return result;
  const { verification, ...rest } = result;
  const silent =
    verification === undefined ? rest : { ...rest, verification: verification.map((run) => ({ ...run, output: '' })) };
  if (!isTooLong(silent)) return silent;
  const { notes: _notes, ...bare } = silent;
  return bare;
}
