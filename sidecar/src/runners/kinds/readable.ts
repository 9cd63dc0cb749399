// What a tool's events look like to people who read along: one line for a call, the beginning of what it gave.

import { ellipsize } from '@agentcom/schemas/clip';
import { textAt } from './event.js';

const CALL_CHARS = 300;
const OUTPUT_LINES = 20;
const OUTPUT_CHARS = 2_000;
/** Arguments that say best what a call is about, best first; tools name them alike. */
const TELLING = [
  'command',
  'cmd',
  'file_path',
  'filePath',
  'path',
  'pattern',
  'url',
  'query',
  'question',
  'note',
  'description',
];

export function calling(name: string, input: unknown): string {
  const about = TELLING.map((argument) => textAt(input, argument)).find((text) => text !== undefined);
  const line = about === undefined ? name : `${name}: ${about.replaceAll(/\s+/g, ' ').trim()}`;
  return `→ ${ellipsize(line, CALL_CHARS)}`;
}

/** Empty when there is nothing to see. */
export function gave(output: string): string {
  const text = output.trimEnd();
  const lines = text.slice(0, OUTPUT_CHARS).split('\n').slice(0, OUTPUT_LINES).join('\n');
  return lines.length < text.length ? `${lines}\n[… ${text.length - lines.length} more characters]` : text;
}
