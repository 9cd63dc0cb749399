// Speaks as the live socket does, from what the routes answer every two seconds.

import type { LiveOverview, LiveView, PageFrame, TaskSummary } from '@agentcom/schemas';
import { matcherOf, parseQuery } from '@agentcom/schemas/query';
import { call } from '../api/client.js';
import { ApiError } from '../api/problem.js';
import { hubTimeIs } from '../clock.js';
import { may } from '../session.js';
import type { Socket } from './connection.js';

const EVERY_MS = 2_000;

export class PollingSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  #isOpen = true;

  constructor() {
    setTimeout(() => {
      this.onopen?.();
      this.#says({ type: 'hub', role: 'leader', lagMs: 0, version: '', journal: 'polled' });
    });
  }

  send(text: string): void {
    const frame = JSON.parse(text) as PageFrame;
    clearTimeout(this.#timers.get(frame.id));
    if (frame.type === 'subscribe') void this.#poll(frame.id, frame.view);
  }

  close(): void {
    this.#isOpen = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.onclose?.();
  }

  async #poll(id: number, view: LiveView): Promise<void> {
    const round = setTimeout(() => undefined);
    this.#timers.set(id, round);
    try {
      const { items, total } = await read(view);
      if (!this.#isOpen || this.#timers.get(id) !== round) return;
      this.#says({ type: 'snapshot', id, seq: 0, total, items });
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
        const details = [...error.fields].map(([path, message]) => ({ path, message }));
        return this.#says({ type: 'error', id, code: error.code, message: error.message, retryable: false, details });
      }
      return this.close();
    }
    this.#timers.set(
      id,
      setTimeout(() => void this.#poll(id, view), EVERY_MS),
    );
  }

  #says(frame: object): void {
    if (this.#isOpen) this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

async function read({ kind, q = '', limit = 100, task }: LiveView): Promise<{ items: object[]; total?: number }> {
  if (kind === 'overview') return { items: [await readOverview()] };
  if (kind === 'tasks') return readTasks(q, limit);
  if (kind === 'agents') {
    const { items } = await call('agent.list', { query: { limit } });
    return { items: items.map((agent) => ({ ...agent, id: agent.name })), total: items.length };
  }
  if (kind === 'task' && task !== undefined) {
    const [{ prompt, data, ...shown }, why] = await Promise.all([
      call('task.show', { path: { id: task } }),
      call('task.why', { path: { id: task } }),
    ]);
    return {
      items: [
        { ...shown, id: 'task', task },
        { id: 'texts', prompt, data },
        { ...why, id: 'why' },
      ],
    };
  }
  throw new ApiError('request.invalid', 400, `the view ${kind} is not there yet`);
}

async function readTasks(q: string, limit: number): Promise<{ items: TaskSummary[]; total?: number }> {
  const { query, error } = parseQuery('tasks', q);
  if (query === undefined) throw new ApiError('request.invalid', 400, error.message);
  const { items, total } = await call('task.list', { query: { limit: Math.min(limit, 200), count: '1' } });
  const matches = matcherOf<TaskSummary>(query, {
    words: (task, key) => wordsOf(task)[key] ?? [],
    amount: () => undefined,
    text: ({ title }) => title,
  });
  const found = items.filter((item) => matches(item, Date.now()));
  return { items: found, total: query.terms.length === 0 ? (total ?? found.length) : found.length };
}

function wordsOf({ state, lane, agent, repo, labels, needs, id }: TaskSummary): Record<string, readonly string[]> {
  return {
    state: [state],
    lane: [lane],
    agent: agent === undefined ? [] : [agent],
    repo: repo === undefined ? [] : [repo.url],
    label: Object.entries(labels).map(([name, value]) => `${name}=${value}`),
    need: needs,
    id: [id],
  };
}

async function readOverview(): Promise<LiveOverview> {
  const [stats, halts, alerts] = await Promise.all([
    call('stats'),
    may('halts.read') ? call('halt.list') : undefined,
    may('alerts.read') ? call('alert.list', { query: { state: ['firing'] } }) : undefined,
  ]);
  hubTimeIs(stats.at);
  const open = alerts?.items.filter((alert) => !alert.acknowledged && !alert.silenced && !alert.mutedBy) ?? [];
  const worst = (['page', 'warn', 'info'] as const).find((one) => open.some(({ severity }) => severity === one));
  return {
    id: 'overview',
    tasks: stats.tasks,
    queued: stats.queued,
    agents: stats.agents,
    needsYou: stats.tasks.blocked,
    ...(alerts && { firing: alerts.items.length }),
    ...(worst && { worst }),
    ...(halts && { halts: halts.items }),
    ...(stats.spend && { spend: stats.spend }),
  };
}
