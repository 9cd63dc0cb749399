// Waits for tasks at a terminal: what happens to them on the way, why they wait, and how they ended.

import type { TaskState, TaskView, Why } from '@agentcom/schemas';
import type { HubClient } from './client.js';
import { clipped } from './columns.js';
import { EXIT, type ExitCode, messageOf } from './exit.js';
import { followTask } from './follow.js';
import type { Invocation } from './invocation.js';
import { fields } from './layout.js';
import { outputPrinter, reportOutages } from './output-text.js';
import { withProgress } from './progress.js';
import { type ExplainedError, errorFields, errorLine, lastError } from './show-error.js';
import { notesText } from './show-result.js';
import { cancelText, stateColour } from './show-task.js';
import { reasonText } from './show-why.js';
import { followOutput } from './task-output.js';
import { duration, oneLine, printable } from './text.js';
import { usageText } from './usage-text.js';

const SUMMARY_COLUMNS = 400;
/** The end of a last error, which has the end of the agent's output in it. */
const ERROR_LINES = 15;
/** How long after a task's end the rest of its output is waited for. */
const LOGS_WITHIN_MS = 15_000;

export interface WaitOptions {
  /** Also prints what the agent prints. */
  readonly logs?: boolean;
}

/** Says what happens to the task until it has ended, and how it ended. */
export async function waitForTask(
  invocation: Invocation,
  client: HubClient,
  task: Pick<TaskView, 'id' | 'state'>,
  { logs = false }: WaitOptions = {},
): Promise<ExitCode> {
  const { out, world } = invocation;
  const startedAt = world.now();
  let said = '';
  let failedBefore = 0;
  const sayWhy = async ({ id, state, attempts }: TaskView): Promise<void> => {
    if (out.json || !waits(state)) return;
    const why = await client.call('task.why', { path: { id } }).catch(() => undefined);
    const text = why === undefined ? '' : reasonsOf(invocation, why);
    const { error, generation = 0 } = attempts.at(-1) ?? {};
    const failure = error === undefined || generation === failedBefore ? '' : errorLine(error);
    failedBefore = generation;
    // Mostly the reason why it waits has it, too.
    if (!text.includes(failure)) out.note(out.colours.dim(`           ${failure}`));
    if (text !== '' && text !== said) out.note(text);
    said = text;
  };
  const follow = (say: (text: string) => void): Promise<TaskView> =>
    followTask(client, task.id, {
      now: world.now,
      sleep: world.sleep,
      onChange: (now) => {
        say(now.agent === undefined ? now.state : `${now.state}, ${now.agent}`);
        printChange(invocation, now);
      },
      onSeen: sayWhy,
      onHub: reportOutages(invocation),
    });
  const ended = logs
    ? await withLogs(
        invocation,
        client,
        task.id,
        follow(() => undefined),
      )
    : await withProgress(invocation, task.state, follow);
  const error = await lastError(invocation, ended);
  const tookMs = world.now() - startedAt;
  out.answer({ event: `task.${ended.state}`, task: ended }, () => endText(invocation, ended, error, tookMs));
  return exitFor(ended.state);
}

function waits(state: TaskState): boolean {
  return state === 'queued' || state === 'waiting' || state === 'scheduled';
}

function reasonsOf(invocation: Invocation, why: Why): string {
  const { dim } = invocation.out.colours;
  return why.reasons.map((reason) => dim(`           ${reasonText(invocation, reason)}`)).join('\n');
}

/** Prints the output beside what `following` tells; the hub ends it once the task has ended and all was sent. */
async function withLogs<T>(invocation: Invocation, client: HubClient, id: string, following: Promise<T>): Promise<T> {
  const stopped = new AbortController();
  const { now, sleep } = invocation.world;
  const options = { now, sleep, onHub: () => undefined, onPiece: outputPrinter(invocation), signal: stopped.signal };
  const logs = followOutput(client, { id }, options).catch((error: unknown) =>
    invocation.out.warning(`cannot follow the output: ${messageOf(error)}`),
  );
  try {
    const ended = await following;
    const late = setTimeout(() => stopped.abort(), LOGS_WITHIN_MS);
    await logs;
    clearTimeout(late);
    return ended;
  } finally {
    stopped.abort();
  }
}

function printChange(invocation: Invocation, task: TaskView): void {
  const { out } = invocation;
  const { state, generation, agent, question } = task;
  if (out.json) {
    const line = { event: 'task.state', task: task.id, state, generation, ...(agent !== undefined && { agent }) };
    out.answer(line, () => '');
    return;
  }
  const who = agent === undefined ? '' : `  ${agent}`;
  out.note(`${stateColour(out.colours, state)(state.padEnd(9))}${who}`.trimEnd());
  if (question !== undefined) {
    out.note(`The agent asks: ${printable(question.question)}`);
    for (const choice of question.choices ?? []) out.note(`  - ${oneLine(choice)}`);
    out.note(`Answer with: ${invocation.hint(`task answer ${task.id} "…"`)}`);
  }
}

function endText(invocation: Invocation, task: TaskView, error: ExplainedError | undefined, elapsedMs: number): string {
  const { out } = invocation;
  const summary = clipped(oneLine(task.result?.summary ?? ''), SUMMARY_COLUMNS);
  const lines = fields(out, [
    ['task', task.id],
    ['state', stateColour(out.colours, task.state)(task.state)],
    ...(task.state === 'dead' ? errorFields(invocation, error) : []),
    ['output', task.state === 'dead' && error?.output !== undefined ? lastLines(error.output) : undefined],
    ['agent', task.agent ?? task.attempts.at(-1)?.agent],
    ['branch', task.result?.branch],
    ['commit', task.result?.commit],
    ['pull request', task.result?.pullRequest === undefined ? undefined : oneLine(task.result.pullRequest)],
    ['used', usageText(task.usage)],
    ['summary', summary === '' ? undefined : summary],
    ['notes', notesText(task)],
    ['cancelled', task.cancel === undefined ? undefined : cancelText(task, task.cancel)],
    ['time', duration(elapsedMs)],
  ]);
  if (task.state !== 'dead') return lines;
  const next = [
    `Its output:     ${invocation.hint(`task logs ${task.id}`)}`,
    ...(task.attempts.some(({ salvageRef }) => salvageRef !== undefined)
      ? [`Push its work:  ${invocation.hint(`task push ${task.id}`)}`]
      : []),
    `Retry it:       ${invocation.hint(`dead requeue ${task.id}`)}`,
  ];
  return [lines, '', ...next].join('\n');
}

function lastLines(output: string): string {
  const lines = output.split('\n');
  return lines.length <= ERROR_LINES ? output : ['…', ...lines.slice(-ERROR_LINES)].join('\n');
}

export function exitFor(state: TaskState): ExitCode {
  if (state === 'completed') return EXIT.done;
  return state === 'cancelled' ? EXIT.cancelled : EXIT.failed;
}
