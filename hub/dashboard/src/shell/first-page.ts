// Where somebody begins who names no page: with the first steps until there is a task or an agent, with what needs them from then on.

import { call } from '../api/client.js';
import { may } from '../session.js';

export async function firstPath(): Promise<string> {
  if (!may('tasks.read')) return '/account';
  if (may('stats.read')) {
    const stats = await call('stats').catch(() => undefined);
    if (stats === undefined || Object.values(stats.agents ?? {}).some((n) => n > 0)) return '/needs-you';
  }
  const { items } = await call('task.list', { query: { limit: 1 } }).catch(() => ({ items: [undefined] }));
  return items.length === 0 && may('tasks.submit') ? '/start' : '/tasks';
}
