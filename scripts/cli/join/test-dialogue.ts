// What happens beside a test task while it runs: a line for each thing that its sidecar does, and the agent's questions, which go to the person
// at the terminal. A task that nobody can answer would be left blocked.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Question } from '@agentcom/schemas';
import type { Sidecar } from '@agentcom/sidecar/main';
import { answerOf } from '../ask.js';
import type { HubClient } from '../client.js';
import { CommandError, EXIT, failed } from '../exit.js';
import { duration, oneLine } from '../text.js';
import type { World } from '../world.js';

const LOOK_MS = 250;

const DOING: Readonly<Record<string, string>> = {
  assigned: 'accepting the test task',
  preparing: 'preparing a worktree',
  running: 'the agent is working on the test task',
  checking: 'checking its work',
  verifying: 'verifying its work',
  pushing: 'pushing its work',
  reporting: 'reporting to the hub',
  stopping: 'stopping the agent',
};

export interface Dialogue {
  /** With the agent's own key, which may answer and cancel what it has submitted. */
  readonly client: Pick<HubClient, 'call'>;
  /** Undefined when the person gives no answer. */
  readonly ask: (question: Question) => Promise<string | undefined>;
  /** Shows what is being done; nothing for ''. */
  readonly say: (text: string) => void;
}

/** Never resolves: rejects when a question gets no answer, when the task takes longer than `msMax` without its questions, or by the signal. */
export async function converse(
  sidecar: Pick<Sidecar, 'job'>,
  task: string,
  { client, ask, say }: Dialogue,
  msMax: number,
  signal: AbortSignal,
): Promise<never> {
  let asked: string | undefined;
  for (let leftMs = msMax; leftMs > 0; leftMs -= LOOK_MS) {
    await sleep(LOOK_MS, undefined, { signal });
    const job = sidecar.job();
    if (job?.task.id !== task) {
      say('waiting for the hub to give the test task to this agent');
      continue;
    }
    const { phase, question, outbox } = job;
    say(DOING[phase] ?? 'test task');
    // Only when the hub knows of the question it takes an answer.
    const isOpen = phase === 'blocked' && question !== null && outbox.reports.length === 0;
    if (!isOpen || question.questionId === asked) continue;
    asked = question.questionId;
    say('');
    const answer = await ask(question);
    if (answer === undefined) throw notAnswered(question);
    await client.call('task.answer', { path: { id: task }, body: { answer, questionId: asked } });
  }
  throw failed('join.test_failed', `test task ${task} did not finish within ${duration(msMax)}`);
}

function notAnswered({ question }: Question): CommandError {
  const remedy = 'Let the agent work without asking, or join from a terminal and answer it there.';
  return new CommandError(
    EXIT.failed,
    'join.test_asked',
    `the agent asked a question in its test task: ${oneLine(question)}`,
    {
      remedy,
    },
  );
}

/** Puts a question to the person at the terminal; undefined where there is none, or when they cancel. */
export async function askPerson(world: World, { question, context, choices }: Question): Promise<string | undefined> {
  if (!world.canAsk) return undefined;
  const { select, text } = await import('@clack/prompts');
  const message = `The agent asks: ${oneLine(question)}${context === undefined ? '' : ` (${oneLine(context)})`}`;
  const typed = await answerOf<string>(world, () =>
    choices === undefined
      ? text({ message, placeholder: 'your answer, or Ctrl-C to cancel the test task' })
      : select({ message, options: choices.map((value) => ({ value, label: oneLine(value) })) }),
  );
  return typed?.trim() === '' ? undefined : typed;
}
