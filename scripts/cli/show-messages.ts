// Messages for people: who wrote when, what became of it, and the text below.

import type { Message } from '@agentcom/schemas';
import type { Output } from './output.js';
import { ago, oneLine, printable } from './text.js';

/** In the order they are given. `receipt`: what is known of its delivery. `isSorted`: all of them are to the same. */
export function messagesText<M extends Message>(
  { colours }: Output,
  messages: readonly M[],
  now: number,
  receipt: (message: M) => string | undefined = () => undefined,
  isSorted = true,
): string {
  if (messages.length === 0) return colours.dim('no messages');
  return messages
    .map((message) => {
      const answers = message.replyTo === undefined ? undefined : `answers ${message.replyTo}`;
      const facts = [ago(message.sentAt, now), receipt(message), answers, message.messageId];
      const head = [
        colours.bold(oneLine(isSorted ? message.from : `${message.from} → ${message.to}`)),
        ...facts.filter((fact) => fact !== undefined).map(colours.dim),
      ];
      const text = printable(message.body).trimEnd().split('\n');
      return [head.join('  '), ...text.map((line) => `  ${line}`)].join('\n');
    })
    .join('\n\n');
}
