// Puts the stored texts of an assignment into its frame.

import type { AssignedTask, HubFrame } from '@agentcom/schemas';
import type { Assignment, OutgoingFrame } from '../core/outputs.js';
import { type Bodies, textOf } from './body-writer.js';

/** The frame as it goes out; at once when nothing has to be fetched. Rejects when a body is lost. */
export function filledFrame(bodies: Bodies, frame: OutgoingFrame): HubFrame | Promise<HubFrame> {
  if (frame.type !== 'task.assign') return frame;
  const { prompt, data } = frame.task;
  const isInline = typeof prompt === 'string' && (data === undefined || typeof data === 'string');
  return isInline ? withTexts(frame, prompt, data) : fetched(bodies, frame);
}

async function fetched(bodies: Bodies, frame: Assignment): Promise<HubFrame> {
  const { prompt, data } = frame.task;
  return withTexts(frame, await textOf(bodies, prompt), data === undefined ? undefined : await textOf(bodies, data));
}

function withTexts(frame: Assignment, prompt: string, data: string | undefined): HubFrame {
  if (frame.task.prompt === prompt && data === undefined) return frame as HubFrame;
  const { data: _data, ...rest } = frame.task;
  const task: AssignedTask = { ...rest, prompt, ...(data !== undefined && { data: JSON.parse(data) as unknown }) };
  return { ...frame, task };
}
