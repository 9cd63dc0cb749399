// Lines of the output of one attempt, by their numbers or by a text that they have; the hub looks for them.

import type { LinesQuery, OutputLine, OutputLines } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { plainText } from '@agentcom/schemas/terminal-text';
import { InvalidArgumentError } from 'commander';
import { requireAttempt } from './attempt.js';
import type { HubClient } from './client.js';
import type { Invocation } from './invocation.js';
import type { OutputRequest } from './task-output.js';
import { printable } from './text.js';

export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** A parser for `120`, `120..180`, `120..` and `..180`. */
export function lineRange(text: string): LineRange {
  const [, first = '', last = first] = /^(\d{0,10})(?:\.\.(\d{0,10}))?$/.exec(text) ?? [];
  const range = { from: Number(first || 1), to: Number(last || LIMITS.sequence) };
  if (first + last !== '' && range.from >= 1 && range.from <= range.to && range.to <= LIMITS.sequence) return range;
  throw new InvalidArgumentError(
    'It must be a line, or the first line, the last, or both: 120, 120..180, 120.. or ..180.',
  );
}

export interface LinesWanted extends OutputRequest {
  readonly range?: LineRange | undefined;
  readonly grep?: string | undefined;
}

async function* linesOf(client: HubClient, wanted: LinesWanted): AsyncGenerator<OutputLine & { generation: number }> {
  const { id, range = { from: 1, to: LIMITS.sequence }, grep: q } = wanted;
  let { generation } = wanted;
  for (let from: number | null = range.from; from !== null && from <= range.to; ) {
    const limit = Math.min(LIMITS.outputLines, range.to - from + 1);
    const query: LinesQuery = {
      from,
      limit,
      ...(generation !== undefined && { generation }),
      ...(q !== undefined && { q }),
    };
    const answer: OutputLines = await client.call('task.lines', { path: { id }, query });
    generation = answer.generation;
    if (generation === undefined) return;
    for (const line of answer.items) if (line.line <= range.to) yield { ...line, generation };
    from = answer.next;
  }
}

/** Prints them; those that were looked for with their numbers. */
export async function printLines({ out, world }: Invocation, client: HubClient, wanted: LinesWanted): Promise<void> {
  let found = 0;
  for await (const line of linesOf(client, wanted)) {
    found++;
    if (out.json) {
      out.answer({ event: 'line', ...line }, () => '');
      continue;
    }
    const text = world.stdout.isTerminal ? printable(plainText(line.text)) : line.text;
    const place = wanted.grep === undefined ? '' : `${out.colours.dim(`${line.line}:`)} `;
    world.stdout.write(`${place}${text}${line.cut === true ? '…' : ''}\n`);
  }
  if (found > 0) return;
  await requireAttempt(client, wanted);
  if (!out.json) out.note('No such line.');
}
