// Ids as people give them and as lists show them: any beginning or end that means one thing only.

import { fullPage } from './all-pages.js';
import type { HubClient } from './client.js';
import { failed, usageError } from './exit.js';
import { ago, oneLine } from './text.js';

export const FULL_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PART = /^[0-9a-f][0-9a-f-]{2,34}[0-9a-f]$/;
const SHORT_CHARS = 8;
/** How many of the tasks are named that a part could mean. */
const CANDIDATES = 5;

/** The task that is meant. Throws 64 for what is no part of an id or means several, 1 when there is none. */
export async function taskId(client: HubClient, given: string): Promise<string> {
  const part = given.toLowerCase();
  if (FULL_ID.test(part)) return part;
  if (!PART.test(part)) {
    throw usageError(
      `${given} is not a task id`,
      'Give the id, or at least 4 characters from its beginning or end; `agentcom task list` shows them.',
    );
  }
  const { items } = await fullPage({ limit: CANDIDATES + 1 }, (page) =>
    client.call('task.list', { query: { id: part, ...page } }),
  );
  const [first] = items;
  if (first === undefined) {
    const remedy = 'List them with `agentcom task list`. Archived tasks are found only by their full id.';
    throw failed('task.not_found', `no task has an id that begins or ends with ${part}`, remedy);
  }
  if (items.length === 1) return first.id;
  const now = Date.now();
  const lines = items
    .slice(0, CANDIDATES)
    .map(({ id, title, createdAt }) => `  ${id}  ${oneLine(title)} (${ago(createdAt, now)})`);
  if (items.length > CANDIDATES) lines.push('  …');
  throw usageError(`${part} matches several tasks:\n${lines.join('\n')}`, 'Give more characters of the id.');
}

/** Several of them, in their order, each once. */
export async function taskIds(client: HubClient, given: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const one of given) ids.push(await taskId(client, one));
  return [...new Set(ids)];
}

/** As `taskId`, for what is listed whole: `what` is its name, such as `key`, and `list` the command that lists it. */
export function listedOne<T extends { readonly id: string }>(
  what: string,
  given: string,
  items: readonly T[],
  list = `agentcom ${what} list`,
): T {
  const part = given.toLowerCase();
  const matching = items.filter(({ id }) => id.startsWith(part) || id.endsWith(part));
  const [first] = matching;
  if (first === undefined)
    throw failed(`${what}.not_found`, `${what} ${given} not found`, `List them with \`${list}\`.`);
  if (matching.length === 1) return first;
  const ids = matching.slice(0, CANDIDATES).map(({ id }) => id);
  throw usageError(`${given} matches several: ${ids.join(', ')}`, 'Give more characters of the id.');
}

/** The ends of ids, as long as it takes to tell these apart. */
export function shortIds(ids: readonly string[]): (id: string) => string {
  const distinct = new Set(ids);
  let chars = SHORT_CHARS;
  while (chars < 36 && new Set([...distinct].map((id) => id.slice(-chars))).size < distinct.size) chars += 1;
  return (id) => id.slice(-chars).replace(/^-/, '');
}
