// What an agent is told at the beginning of a turn. A plain command gets the task's prompt and nothing else, as long as there is nothing
// else to tell.

import type { Answered, PastAttempt } from '@agentcom/schemas';
import { clip } from '@agentcom/schemas/clip';
import type { ResumedSession } from './attempt.js';
import type { Job, SentBack } from './job-model.js';
import { verifyCommands } from './verification.js';

/** Of everything that is added to the task's own prompt for its past; the newest is kept. */
const HISTORY_BYTES = 48 * 1024;
const ERROR_BYTES = 2 * 1024;

const NO_COMMIT =
  'Commit your work. If nothing has to change, say why with `submit_result` and its `noChange` (without MCP: ' +
  '`agentcom report done --unchanged "the reason"`).';

type Told = Pick<Job, 'task' | 'runner' | 'previous' | 'workspace' | 'turn' | 'answers' | 'sentBack'>;

/**
 * The prompt of a turn that goes on with `resume`, or begins a new session. `job.turn` is still the one before; `back` is what a check has
 * found since.
 */
export function promptOf(job: Told, resume: ResumedSession | null, back?: SentBack): string {
  if (resume === null) return wholePrompt(job);
  if (back !== undefined) return `${sentBackText(back)}\n\nFix this, then end your turn.`;
  const answer = job.answers.at(-1);
  return job.turn.number > 0 && answer !== undefined ? answerPrompt(answer) : retryPrompt(job);
}

/** For an agent that knows nothing yet. */
function wholePrompt(job: Told): string {
  const parts = [job.task.prompt];
  if (job.runner.kind !== 'command') parts.push(rules(job));
  parts.push(...historyOf(job));
  return parts.join('\n\n');
}

/** For a session that has asked and ended its turn. */
function answerPrompt({ question, answer }: Answered): string {
  return `You asked:\n${question}\n\nThe answer:\n${answer}\n\nContinue with the task.`;
}

/** For a session whose attempt has failed. */
function retryPrompt(job: Told): string {
  const error = job.task.pastAttempts?.findLast((attempt) => attempt.error !== undefined);
  const parts = ['Your last attempt at this task failed. You have it again.'];
  if (error !== undefined) parts.push(pastLine(error));
  if (job.task.promptChanged === true) parts.push(`The task has been changed. It now reads:\n\n${job.task.prompt}`);
  parts.push(...answersOf(job), stateOfWork(job), rules(job), 'Continue with the task.');
  return parts.join('\n\n');
}

function rules(job: Told): string {
  const { task, workspace } = job;
  const lines = [`This is task ${task.id} of AgentCom. How to work on it here:`];
  if (workspace?.kind === 'git') {
    lines.push(
      `- You are in a git worktree, on the branch ${workspace.branch}, which is meant for ${workspace.baseBranch}. Commit all of your work`,
      '  on it: what is not committed is lost. Do not push and do not change to another branch; the work is pushed for you.',
    );
  }
  const commands = verifyCommands(job);
  if (commands.length > 0) {
    lines.push('- Before your work is accepted, these must succeed in the worktree:');
    lines.push(...commands.map((command) => `      ${command}`));
  }
  lines.push(
    '- The MCP server `agentcom` has tools for you (without it: the command `agentcom report`). `report_progress` says how far you are.',
    '  `ask` puts a question to a person, for what you cannot decide yourself: end your turn right after it, the answer begins your next',
    '  one. `submit_result` hands in a summary of what you did, at the end; if nothing has to change in the repository, say so there.',
  );
  return lines.join('\n');
}

/** What became of the attempts before, what was asked, and where their work is; empty when there is nothing to tell. */
function historyOf(job: Told): string[] {
  const past = (job.task.pastAttempts ?? []).filter((attempt) => attempt.error !== undefined);
  const parts = past.length === 0 ? [] : [['Previous attempts failed:', ...newest(past.map(pastLine))].join('\n')];
  parts.push(...answersOf(job));
  if (past.length > 0 || hasWork(job)) parts.push(stateOfWork(job));
  const back = job.sentBack.at(-1);
  if (back !== undefined) parts.push(sentBackText(back));
  return parts;
}

function answersOf({ task, answers }: Told): string[] {
  const told = new Map([...(task.answers ?? []), ...answers].map((answered) => [answered.questionId, answered]));
  if (told.size === 0) return [];
  const pairs = [...told.values()].map(({ question, answer }) => `- Asked: ${question}\n  Answered: ${answer}`);
  return [['Questions about this task that were answered:', ...newest(pairs)].join('\n')];
}

/** What a check found, and where it is not plain, what to do about it. */
function sentBackText({ code, message, output }: SentBack): string {
  const parts = [`Your work cannot be accepted yet: ${message}.`];
  if (output.trim() !== '') parts.push(`The end of its output:\n${clip(output.trim(), ERROR_BYTES)}`);
  if (code === 'git.no_commit') parts.push(NO_COMMIT);
  return parts.join('\n\n');
}

function stateOfWork(job: Told): string {
  return hasWork(job)
    ? 'The work done so far is in the worktree: look at it (`git log`, `git status`) and continue from there.'
    : 'No work of previous attempts is here: start fresh.';
}

/** Of an attempt before, or of a turn before in this one. */
function hasWork({ workspace, turn }: Told): boolean {
  return turn.number > 0 || (workspace?.kind === 'git' && workspace.restored);
}

function pastLine({ generation, agent, error }: PastAttempt): string {
  const message = clip(error?.message ?? '', ERROR_BYTES).replaceAll('\n', '\n  ');
  return `- Attempt ${generation} by ${agent} (${error?.class}, ${error?.code}): ${message}`;
}

/** The newest of these that fit, in their order. */
function newest(texts: readonly string[]): string[] {
  const kept: string[] = [];
  let left = HISTORY_BYTES / 2;
  for (const text of texts.toReversed()) {
    const part = clip(text, left);
    if (part === '') break;
    left -= new TextEncoder().encode(part).length;
    kept.unshift(part);
  }
  return kept;
}
