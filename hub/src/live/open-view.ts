// Makes what a page asks to look at into the source of its rows, or says what is wrong with it.

import { LIMITS, type LiveView, parseQuery, parseSort, type Query, type QueryList, type Sort } from '@agentcom/schemas';
import type { Caller } from '../access/authenticate.js';
import { Refusal } from '../core/refusal.js';
import type { LivePorts, LiveSource } from './source.js';
import type { TaskRows } from './task-rows.js';
import { activitySource } from './views/activity.js';
import { agentsSource } from './views/agents.js';
import { alertsSource } from './views/alerts.js';
import { costsSource } from './views/costs.js';
import { deadLettersSource } from './views/dead-letters.js';
import { needsSource } from './views/needs-you.js';
import { overviewSource } from './views/overview.js';
import { systemSource } from './views/system.js';
import { taskSource } from './views/task.js';
import { tasksSource } from './views/tasks.js';

export interface OpenParts {
  readonly ports: LivePorts;
  /** The newest batch that was told. */
  readonly seq: () => number;
  readonly rows: Pick<TaskRows, 'textOf' | 'signOf'>;
  /** By which days in its query are read. */
  readonly now: number;
  /** Something was fetched: look again. */
  readonly wake: () => void;
  /** There is nothing to look at. */
  readonly onRefused: (refusal: Refusal) => void;
}

export function openView(view: LiveView, { org, by: me }: Caller, parts: OpenParts): LiveSource | Refusal {
  const { ports, now, seq, rows, wake, onRefused } = parts;
  const { kind, limit = LIMITS.liveRowsDefault, task } = view;
  const listed = <Source>(list: QueryList, make: (asked: { query: Query; sort: Sort; limit: number }) => Source) => {
    const asked = askedOf(list, view, now);
    return asked instanceof Refusal ? asked : make({ ...asked, limit });
  };
  switch (kind) {
    case 'tasks':
      return listed('tasks', (asked) => tasksSource({ ...asked, me, rows }));
    case 'agents':
      return listed('agents', (asked) => agentsSource(asked, ports));
    case 'alerts':
      return listed('alerts', alertsSource);
    case 'dead-letters':
      return listed('dead-letters', (asked) => deadLettersSource({ ...asked, me }));
    case 'needs-you':
      return listed('needs-you', needsSource);
    default:
  }
  const unknown = ['q', 'sort'].find((field) => field in view);
  if (unknown !== undefined) return invalid(`/view/${unknown}`, `is not for the view ${kind}`);
  switch (kind) {
    case 'overview':
      return overviewSource();
    case 'costs':
      return costsSource();
    case 'system':
      return systemSource(org, ports, seq);
    case 'activity':
      return activitySource(limit, ports);
    case 'task': {
      if (task === undefined) return invalid('/view/task', 'is required: which task?');
      const onMissing = () => onRefused(new Refusal('task.not_found', `task ${task} not found`));
      return taskSource({ org, task, wake, onMissing }, ports);
    }
  }
}

function askedOf(
  list: QueryList,
  { q = '', sort: order }: LiveView,
  now: number,
): { query: Query; sort: Sort } | Refusal {
  const { query, error } = parseQuery(list, q, { now, zone: 'UTC' });
  if (error !== undefined) return invalid('/view/q', error.message);
  const { sort, error: wrongOrder } = parseSort(list, order);
  if (wrongOrder !== undefined) return invalid('/view/sort', wrongOrder.message);
  return { query, sort };
}

function invalid(path: string, message: string): Refusal {
  return new Refusal('request.invalid', message, [{ path, message }]);
}
