// The one thing more to know of a task in a list: what it asks, why it waits, how far it is, or how it failed.

import type { TaskSummary } from '@agentcom/schemas';
import { taskTexts as texts } from '../../texts/tasks.js';

export interface RowDetail {
  readonly text: string;
  /** What comes at that time. */
  readonly next?: string | undefined;
  readonly until?: string | undefined;
}

export function detailOf({ asks, why, progress, failure, state }: TaskSummary): RowDetail | undefined {
  if (asks !== undefined) return { text: asks };
  if (why !== undefined) return { text: why.text, next: texts.whyNext[why.code], until: why.until };
  const fraction = progress?.fraction === undefined ? undefined : `${Math.round(progress.fraction * 100)} %`;
  const said = [fraction, progress?.note].filter(Boolean).join(' ');
  // How its last attempt ended is not why it waits.
  const text = said === '' && state !== 'queued' ? failure?.code : said;
  return text === undefined || text === '' ? undefined : { text };
}
