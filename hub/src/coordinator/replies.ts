// What a command is answered with: a frame for a sidecar, the plain outcome for a caller in this process.

import type { HubFrameOf } from '@agentcom/schemas';
import type { Command, CommandOf, Replies } from '../core/commands.js';
import { errorFrame, type HubFacts, welcome } from '../core/outputs.js';
import { Refusal } from '../core/refusal.js';
import type { CoordinatorInput, CoordinatorOutput } from './ports.js';

type Reply = Replies[Command['type']];

/** Undefined when nobody asked for an answer. */
export function answerOf(
  input: CoordinatorInput,
  outcome: Reply | Refusal,
  facts: HubFacts,
  now: number,
): CoordinatorOutput | undefined {
  const { connection, re, call, token } = input;
  if (call !== undefined) return { kind: 'reply', call, outcome };
  if (re === undefined) return undefined;
  const frame =
    outcome instanceof Refusal ? errorFrame(outcome, re) : replyFrame(input.command, re, outcome, facts, now);
  return token === undefined ? { kind: 'frame', connection, frame } : { kind: 'frame', connection, frame, token };
}

/** The same output when its batch was not stored; undefined for what nobody waits for. */
export function refused(output: CoordinatorOutput, refusal: Refusal): CoordinatorOutput | undefined {
  if (output.kind === 'reply') return { ...output, outcome: refusal };
  if (output.kind !== 'frame' || !('re' in output.frame) || output.frame.re === undefined) return undefined;
  return { ...output, frame: errorFrame(refusal, output.frame.re) };
}

function replyFrame(
  command: Command,
  re: string | number,
  reply: Reply,
  facts: HubFacts,
  now: number,
): HubFrameOf<'welcome' | 'ok'> {
  if (command.type === 'agent.hello') {
    return welcome(re, command as CommandOf<'agent.hello'>, reply as Replies['agent.hello'], facts, now);
  }
  if (command.type !== 'task.submit') return { type: 'ok', re };
  const { task, repeated } = reply as Replies['task.submit'];
  return { type: 'ok', re, task, repeated };
}
