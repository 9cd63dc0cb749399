// `POST /tasks/:id/comments`: comments on lines of a diff become a message to the agent at work, or the prompt of a task that goes on from the
// branch. Either is sent as it always is.

import { type CommentWay, clipCodePoints, LIMITS, type TaskSpec, type TaskView } from '@agentcom/schemas';
import { refuse } from '../../../access/policy.js';
import { Refusal } from '../../../core/refusal.js';
import type { Messages } from '../../messages-port.js';
import { commentsText } from '../comment-text.js';
import type { Handlers, RouteReply, RouteRequest } from '../handler.js';
import { type DiffParts, type DiffTask, diffTask, keptDiff } from './diff.js';
import { senderOf } from './messages.js';
import { showTask, submitTask, type TaskParts } from './tasks.js';

export interface CommentParts extends TaskParts, Pick<DiffParts, 'store'> {
  readonly messages: Pick<Messages, 'send'>;
}

type Request = RouteRequest<'task.comment'>;

export function commentHandlers(parts: CommentParts): Pick<Handlers, 'task.comment'> {
  return {
    'task.comment': async (request) => {
      const task = await diffTask(parts, request);
      if (task instanceof Refusal) return task;
      const { comments, attempt, as } = request.body;
      const way: CommentWay = as ?? (task.live === undefined ? 'task' : 'message');
      const diff = await keptDiff(parts.store, task, attempt);
      if (diff instanceof Refusal) return diff;
      const text = commentsText(comments, diff);
      if (text instanceof Refusal) return text;
      return way === 'message' ? sendMessage(parts, request, task, text) : submitFollowUp(parts, request, text);
    },
  };
}

async function sendMessage(
  { messages }: CommentParts,
  { caller }: Request,
  { org, id, live }: DiffTask,
  text: string,
): Promise<RouteReply | Refusal> {
  if (live === undefined) return new Refusal('task.not_working', `no agent is working on task ${id}`);
  const body = `Comments on what you have changed so far in task ${id}:\n\n${text}`;
  const bytes = Buffer.byteLength(body);
  if (bytes > LIMITS.messageBytes)
    return tooLong(`come to ${bytes} bytes; a message has at most ${LIMITS.messageBytes}`);
  const sent = await messages.send(org, { from: senderOf(caller), to: `agent:${live.agent}`, body });
  if (sent instanceof Refusal) return sent;
  return { body: { as: 'message', messageId: sent.messageId, agent: live.agent } };
}

async function submitFollowUp(parts: CommentParts, request: Request, text: string): Promise<RouteReply | Refusal> {
  const refusal = refuse(request.caller, 'tasks.submit');
  if (refusal !== undefined) return refusal;
  const task = await showTask(parts, request, request.path.id);
  if (task instanceof Refusal) return task;
  if (task.state !== 'completed') return new Refusal('task.not_completed', `task ${task.id} is ${task.state}`);
  const body = followUp(task, text);
  const bytes = Buffer.byteLength(body.prompt);
  if (bytes > LIMITS.promptBytes) return tooLong(`come to ${bytes} bytes; a prompt has at most ${LIMITS.promptBytes}`);
  const { caller, read, execute, idempotencyKey, traceparent } = request;
  const submitted = await submitTask(parts, { caller, read, execute, idempotencyKey, traceparent, body });
  return submitted instanceof Refusal ? submitted : { body: { as: 'task', task: submitted.task } };
}

/** Like the task, on its branch. */
function followUp(task: TaskView, text: string): TaskSpec {
  const { id, title, lane, needs, labels, maxAttempts, runTimeoutSeconds, repo, runner, model, budget } = task;
  const { verify, inactivitySeconds } = task;
  return {
    title: clipCodePoints(`Comments on: ${title}`, LIMITS.titleChars),
    prompt: `These are comments on the changes of task ${id} (“${title}”), whose work you continue. Address each of them, and change nothing else.\n\n${text}`,
    ...{ lane, needs, labels, maxAttempts, runTimeoutSeconds },
    dependsOn: [id],
    ...(repo !== undefined && { repo, baseFromParent: true }),
    ...(runner !== undefined && { runner }),
    ...(model !== undefined && { model }),
    ...(budget !== undefined && { budget }),
    ...(verify !== undefined && { verify }),
    ...(inactivitySeconds !== undefined && { inactivitySeconds }),
  };
}

function tooLong(message: string): Refusal {
  return new Refusal('request.invalid', 'the body is not valid', [{ path: '/comments', message }]);
}
