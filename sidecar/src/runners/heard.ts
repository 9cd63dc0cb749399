// What is heard of a tool's output, made safe: a dialect reads a format that may change at any time, and texts may hold secrets.

import type { RunHeard } from '../core/run-model.js';
import type { Dialect, Heard } from './kind.js';
import type { MaskedOutput } from './masked-output.js';

/** A line that its dialect fails at is shown as it is. */
export function heardIn(dialect: Dialect, stream: keyof Dialect, line: string): readonly Heard[] {
  try {
    return dialect[stream](line);
  } catch {
    return [{ type: 'say', text: line, stream }];
  }
}

export function maskHeard(heard: Exclude<Heard, { type: 'say' }>, output: Pick<MaskedOutput, 'mask'>): RunHeard {
  switch (heard.type) {
    case 'progress':
      return heard.note === undefined ? heard : { ...heard, note: output.mask(heard.note) };
    case 'final':
    case 'signed out':
      return { ...heard, text: output.mask(heard.text) };
    case 'refused':
      return { ...heard, call: output.mask(heard.call) };
    case 'question': {
      const { question, context, choices } = heard.question;
      const masked = {
        ...heard.question,
        question: output.mask(question),
        ...(context !== undefined && { context: output.mask(context) }),
        ...(choices !== undefined && { choices: choices.map((choice) => output.mask(choice)) }),
      };
      return { ...heard, question: masked };
    }
    default:
      return heard;
  }
}
