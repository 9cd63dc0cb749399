// What a sidecar's frame asks the coordinator to decide. Long texts are stored on the way.

import { createHash } from 'node:crypto';
import { LIMITS, type SidecarFrame, type TaskSpec } from '@agentcom/schemas';
import { canonicalJson } from '../core/canonical.js';
import type { Command, CommandOf } from '../core/commands.js';
import { Refusal } from '../core/decision.js';
import type { ReportMark } from '../core/events.js';
import type { Texts } from './texts.js';

/** The frames that become commands of their own. */
export type ReportFrame = Extract<
  SidecarFrame,
  {
    type:
      | 'task.accept'
      | 'task.reject'
      | 'task.progress'
      | 'task.block'
      | 'task.answered'
      | 'task.complete'
      | 'task.fail'
      | 'task.stopped'
      | 'task.submit';
  }
>;

const LARGEST_TASK = LIMITS.frameBytes - LIMITS.assignmentBytes;

/** 128 bits of SHA-256 over what was said, apart from the request's own id. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 22);
}

export async function commandOf(
  frame: ReportFrame,
  who: { org: string; agent: string },
  texts: Texts,
): Promise<Command | Refusal> {
  switch (frame.type) {
    case 'task.submit': {
      const { type: _type, id: _id, idempotencyKey, ...spec } = frame;
      return submitCommand(spec, who.org, `agent:${who.agent}`, idempotencyKey, texts);
    }
    case 'task.progress': {
      const { id: _id, seq, ...rest } = frame;
      return { ...who, ...rest, report: markOf(frame, seq) };
    }
    case 'task.block': {
      const { id: _id, seq, type, task, generation, ...question } = frame;
      return { ...who, type, task, generation, question, report: markOf(frame, seq) };
    }
    case 'task.complete': {
      const { id: _id, seq, outputSeq: _outputSeq, result, ...rest } = frame;
      return { ...who, ...rest, result: await texts.storeResult(result), report: markOf(frame, seq) };
    }
    case 'task.fail': {
      const { id: _id, seq, resetsAt, ...rest } = frame;
      const resets = resetsAt === undefined ? {} : { resetsAt: Date.parse(resetsAt) };
      return { ...who, ...rest, ...resets, report: markOf(frame, seq) };
    }
    default: {
      const { id: _id, ...rest } = frame;
      return { ...who, ...rest };
    }
  }
}

/** Refuses a task that would not fit in the frame that assigns it. */
export async function submitCommand(
  spec: TaskSpec,
  org: string,
  by: string,
  idempotencyKey: string | undefined,
  texts: Texts,
): Promise<CommandOf<'task.submit'> | Refusal> {
  const bytes = Buffer.byteLength(JSON.stringify(spec));
  if (bytes > LARGEST_TASK) {
    const message = `the task has ${bytes} bytes as JSON; at most ${LARGEST_TASK} fit in one frame`;
    return new Refusal('task.too_large', message, [{ path: '', message }]);
  }
  const { prompt, data, needs, lane, runTimeoutSeconds, notBefore, ...rest } = spec;
  return {
    type: 'task.submit',
    org,
    by,
    spec: {
      ...rest,
      prompt: await texts.store(prompt),
      lane: lane ?? 'normal',
      needs: [...new Set(needs ?? [])].sort(),
      ...(data !== undefined && { data: await texts.store(JSON.stringify(data)) }),
      ...(runTimeoutSeconds !== undefined && { runTimeoutMs: runTimeoutSeconds * 1000 }),
      ...(notBefore !== undefined && { notBefore: Date.parse(notBefore) }),
    },
    ...(idempotencyKey !== undefined && { idempotency: { key: idempotencyKey, digest: digestOf(spec) } }),
  };
}

function markOf(frame: ReportFrame, seq: number): ReportMark {
  const { id: _id, ...said } = frame;
  return { seq, digest: digestOf(said) };
}
