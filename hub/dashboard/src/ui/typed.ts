// What people type for a task, as the hub takes it: words, names in order of preference, and numbers. Pure.

import { ApiError } from '../api/problem.js';
import { texts } from '../texts/common.js';

export function wordsText(words: string | readonly string[] | undefined): string {
  return words === undefined ? '' : typeof words === 'string' ? words : words.join(' ');
}

export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** One name as itself, several in their order. */
export function preferred(text: string): string | string[] {
  const words = wordsOf(text);
  return words.length === 1 ? (words[0] ?? text) : words;
}

/** Throws at its field what is no number; its bounds are the hub's. */
export function numberOf(field: string, text: string): number {
  const value = Number(text.replace(',', '.'));
  if (Number.isFinite(value)) return value;
  throw wrongAt(field, texts.notNumber);
}

export function wrongAt(field: string, message: string): ApiError {
  return new ApiError('request.invalid', 0, message, new Map([[`/${field}`, message]]));
}
