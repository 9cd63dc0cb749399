// Where somebody begins who names no page: with the first steps until there is a task, with the tasks from then on.

import { call } from '../api/client.js';
import { may } from '../session.js';

export async function firstPath(): Promise<string> {
  if (!may('tasks.read') || !may('tasks.submit')) return '/tasks';
  const { items } = await call('task.list', { query: { limit: 1 } }).catch(() => ({ items: [undefined] }));
  return items.length === 0 ? '/start' : '/tasks';
}
