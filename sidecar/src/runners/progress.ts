// What an agent printed about its progress, read into what the hub takes.

import { clipCodePoints } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';

export interface Progress {
  readonly note?: string;
  readonly fraction?: number;
}

/** Undefined for anything that tells of no progress. */
export function parseProgress(text: string): Progress | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null || !('progress' in message)) return undefined;
  const { progress } = message;
  if (typeof progress !== 'object' || progress === null) return undefined;
  const note = 'note' in progress && typeof progress.note === 'string' ? shorten(progress.note) : '';
  const fraction = 'fraction' in progress && isFraction(progress.fraction) ? progress.fraction : undefined;
  if (note === '' && fraction === undefined) return undefined;
  return { ...(note !== '' && { note }), ...(fraction !== undefined && { fraction }) };
}

/** Characters are counted whole, and half ones, which JSON can express and the hub refuses, are replaced. */
function shorten(note: string): string {
  return clipCodePoints(Buffer.from(note, 'utf8').toString('utf8'), LIMITS.noteChars);
}

function isFraction(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
