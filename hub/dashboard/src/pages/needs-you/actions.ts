// What is done about one thing that waits, and what is said of it.

import type { AlertView, LiveNeed } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { alertTexts } from '../../texts/alerts.js';
import { needsTexts as texts } from '../../texts/needs-you.js';
import { toast, toastError } from '../../ui/toast.js';

/** Whether it was taken. */
export async function answer({ task, title, question }: LiveNeed, text: string): Promise<boolean> {
  if (task === undefined || question === undefined) return false;
  const body = { answer: text, questionId: question.questionId };
  return done(call('task.answer', { path: { id: task }, body }), texts.answered(title));
}

export function acknowledge({ id, rule }: Pick<AlertView, 'id' | 'rule'>): Promise<boolean> {
  return done(call('alert.acknowledge', { path: { id }, body: {} }), alertTexts.acknowledged(rule));
}

async function done(change: Promise<unknown>, said: string): Promise<boolean> {
  try {
    await change;
    toast(said);
    return true;
  } catch (error) {
    toastError(toApiError(error));
    return false;
  }
}
