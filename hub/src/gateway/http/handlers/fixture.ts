// What handlers under test work on, where nothing is to be kept.

import type { Message, OutputPiece, TaskDiff } from '@agentcom/schemas';
import { uuidv7 } from 'uuidv7';
import type { Bodies } from '../../../bodies/body-writer.js';
import { agentKey } from '../../../core/agent/agent.js';
import { Refusal } from '../../../core/refusal.js';
import type { State } from '../../../core/state.js';
import type { DiffStore } from '../../diff-port.js';
import type { Messages } from '../../messages-port.js';
import type { OutputStore } from '../../output-port.js';

export const NO_BODIES: Bodies = {
  put: () => Promise.reject(new Error('no text of a test is that long')),
  get: () => Promise.reject(new Error('no text of a test is that long')),
};

/** Messages that nobody gets; those that were sent come into `sent`. */
export function noMessages(state: () => State, sent: Message[] = []): Messages {
  const nothing = { items: [], nextCursor: null };
  return {
    send: async (org, { from, to, body }) => {
      const name = to.replace(/^agent:/, '');
      if (!state().agents.has(agentKey(org, name))) return new Refusal('agent.not_found', `agent ${name} not found`);
      const message = { messageId: uuidv7(), from, to, body, sentAt: new Date(0).toISOString() };
      sent.push(message);
      return message;
    },
    acknowledge: () => undefined,
    onConnected: () => undefined,
    join: async () => null,
    leave: async () => null,
    history: async () => [],
    listAgent: async () => nothing,
    listChannel: async () => nothing,
    channels: () => [],
    list: async () => nothing,
    lastOf: async () => new Map(),
  };
}

/** The same output of every task, which is all there is. */
export function wholeOutput(output: readonly OutputPiece[]): OutputStore {
  return {
    async *read({ live, signal }) {
      yield { pieces: [...output], seq: output.length };
      if (live && !signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    end: async () => output.length,
    remember: () => undefined,
  };
}

/** Of those there are, whatever the organisation. */
export function newestOf(diffs: readonly TaskDiff[]): DiffStore {
  return {
    newest: async (_org, task, generation) =>
      diffs.findLast((diff) => diff.task === task && (generation ?? diff.generation) === diff.generation),
  };
}
