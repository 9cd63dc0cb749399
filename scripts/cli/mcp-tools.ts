// The tools that an agent finds in the MCP server `agentcom`: what each is for, in words that make a model use it rightly, and the
// form of its arguments. What they do is the sidecar's.

import type { AgentRequestType } from '@agentcom/schemas';
import { agentRequests } from '@agentcom/schemas/agent-api';

export interface Tool {
  readonly name: AgentRequestType;
  readonly title: string;
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Whether it changes nothing. */
  readonly isReadOnly: boolean;
}

interface Words {
  readonly title: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly isReadOnly?: boolean;
}

const WORDS: Readonly<Record<AgentRequestType, Words>> = {
  get_task: {
    title: 'Get the task',
    description:
      'The task you are working on: its prompt, repository and branch, the commands that will verify your work, your answered ' +
      'questions, the remaining budget, and new messages for you. Read it when you are unsure what is asked of you.',
    fields: {},
    isReadOnly: true,
  },
  report_progress: {
    title: 'Report progress',
    description:
      'Tell the people waiting for the task how far you are. Use it at milestones (a plan made, a part done, the tests run), not for every ' +
      'step; a newer report replaces an older one.',
    fields: {
      note: 'One short sentence.',
      fraction: 'How much of the work is done, from 0 to 1. Leave it out when you cannot tell.',
    },
  },
  ask: {
    title: 'Ask a person',
    description:
      'Ask a question that only a person can answer: a decision that is not yours, missing access, contradictory requirements. Ask ' +
      'rarely, and everything at once. IMPORTANT: this does not wait for the answer. After calling it, end your turn at once, without ' +
      'any more work. You will be started again in the same place with the answer, which may take hours.',
    fields: {
      question: 'The question, clear to somebody who has not followed your work.',
      context: 'The background needed to answer it: what you found, the options, and what you would do.',
      choices: 'Short answers to choose from, if there are any.',
    },
  },
  submit_result: {
    title: 'Submit the result',
    description:
      'Hand in the result when the work is done and committed. Then end your turn: the task completes when you have ended and your work ' +
      'has passed the checks. Calling it again replaces what you handed in before.',
    fields: {
      summary:
        'What was done, what was decided, what is left open, in Markdown. It becomes the text of the pull request.',
      data: 'Machine-readable results, if the task asks for any.',
      noChange:
        'Only when nothing has to change in the repository (it is done already, or the task asks for none): why. Leave it out if you committed something.',
    },
  },
  send_message: {
    title: 'Send a message',
    description:
      'Send a message to another agent or to a channel, which you belong to from then on. Read those to you with `read_messages`. Nobody has to answer one; to get an answer that your work depends on, use `ask`.',
    fields: {
      to: '`agent:NAME` or `channel:NAME`; see `list_agents` for names.',
      body: 'The text.',
      replyTo: 'The messageId of the message that this one answers.',
    },
  },
  read_messages: {
    title: 'Read messages',
    description:
      'The messages to you that have come since you looked last, oldest first. Look after each larger step: people may write to you ' +
      'while you work. A message does not change your task.',
    fields: {},
  },
  list_agents: {
    title: 'List the agents',
    description: 'The agents of your organisation, what they can do, and whether they are busy.',
    fields: {},
    isReadOnly: true,
  },
};

export const TOOLS: readonly Tool[] = Object.entries(WORDS).map(
  ([name, { title, description, fields, isReadOnly }]) => ({
    name: name as AgentRequestType,
    title,
    description,
    input: inputOf(name as AgentRequestType, fields),
    isReadOnly: isReadOnly === true,
  }),
);

interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>;
  readonly required: readonly string[];
}

/** The schema of the request without what every request has, each field described, in plain JSON Schema. */
function inputOf(name: AgentRequestType, fields: Words['fields']): Readonly<Record<string, unknown>> {
  const { properties, required } = agentRequests[name] as unknown as ObjectSchema;
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(fields).map(([field, description]) => [field, { ...plain(properties[field]), description }]),
    ),
    required: required.filter((field) => field in fields),
    additionalProperties: false,
  };
}

/** Without the keywords that only our own validators know. */
function plain(schema: unknown): object {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      key === 'mustBe' || key === 'maxBytes' || key === 'maxJsonBytes' ? undefined : value,
    ),
  ) as object;
}
