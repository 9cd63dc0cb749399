// An approval that Claude Code wants, as a question for a person. The request is refused and the turn ends; when the answer is there,
// the next turn meets the same request again and finds it.

import { createHash } from 'node:crypto';
import type { Answered, Question } from '@agentcom/schemas';
import { ellipsize } from '@agentcom/schemas/clip';
import type { Heard } from '../kind.js';
import { at, type Event, textAt } from './event.js';
import { calling } from './readable.js';

const CHOICES = ['allow', 'deny'];
const ALLOWS = /^\s*(allow|approve|yes|y|ok)\b/i;
const WAIT = 'A person is being asked to approve this. End your turn now; you will get the answer.';
const SHOWN_CHARS = 8_000;

export class ClaudeApprovals {
  readonly #answers: readonly Answered[];
  #hasAsked = false;

  constructor(answers: readonly Answered[]) {
    this.#answers = answers;
  }

  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  requested(event: Event): readonly Heard[] {
    const id = textAt(event, 'request_id');
    if (id === undefined) return [];
    if (at(event, 'request', 'subtype') !== 'can_use_tool')
      return [reply(id, { subtype: 'error', error: 'not supported' })];
    const tool = textAt(event, 'request', 'tool_name') ?? 'a tool';
    const input = at(event, 'request', 'input') ?? {};
    const questionId = approvalId(tool, input);
    const answer = this.#answers.findLast((given) => given.questionId === questionId)?.answer;
    if (answer !== undefined) return [reply(id, { subtype: 'success', response: decided(answer, input) })];
    const refusal = reply(id, { subtype: 'success', response: { behavior: 'deny', message: WAIT, interrupt: true } });
    // Several calls may want approval at once; the others come again when the first has been answered.
    if (this.#hasAsked) return [refusal];
    this.#hasAsked = true;
    return [{ type: 'question', question: questionOf(questionId, tool, input) }, refusal];
  }
}

/** The same for the same call; the words by which the model describes it to people may change from one time to the next. */
export function approvalId(tool: string, input: unknown): string {
  const { description: _, ...essential } = input as Event;
  const hash = createHash('sha256')
    .update(JSON.stringify([tool, inOrder(essential)]))
    .digest('hex');
  return `approval-${hash.slice(0, 32)}`;
}

function questionOf(questionId: string, tool: string, input: unknown): Question {
  const shown = JSON.stringify(input, null, 2);
  return {
    questionId,
    question: `May Claude Code do this? ${calling(tool, input)}`,
    context: ellipsize(shown, SHOWN_CHARS),
    choices: CHOICES,
  };
}

function decided(answer: string, input: unknown): object {
  if (ALLOWS.test(answer)) return { behavior: 'allow', updatedInput: input };
  return { behavior: 'deny', message: `A person was asked and answered: ${answer}` };
}

function reply(id: string, response: object): Heard {
  const message = { type: 'control_response', response: { ...response, request_id: id } };
  return { type: 'input', text: `${JSON.stringify(message)}\n` };
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, inOrder(part)]),
  );
}
