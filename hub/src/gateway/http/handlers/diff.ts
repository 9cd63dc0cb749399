// `GET /tasks/:id/diff`: what a task has changed, as it is kept; while an agent works on it, its sidecar is asked first.

import type { TaskDiff } from '@agentcom/schemas';
import { agentKey } from '../../../core/agent/agent.js';
import { Refusal } from '../../../core/refusal.js';
import type { FindArchived } from '../../archived-parents.js';
import type { DiffStore } from '../../diff-port.js';
import type { DiffRequests } from '../../diff-requests.js';
import type { Handlers, RouteRequest } from '../handler.js';
import type { Shares } from '../shares.js';
import { archivedTask } from './tasks.js';

export interface DiffParts {
  readonly store: DiffStore;
  readonly requests: Pick<DiffRequests, 'refresh'>;
  readonly archived: FindArchived;
  readonly waiting: Shares;
}

/** A task whose diff is looked at. */
export interface DiffTask {
  readonly org: string;
  readonly id: string;
  readonly hasRepository: boolean;
  /** The attempt that an agent works on. */
  readonly live?: { readonly generation: number; readonly agent: string };
}

type Request = Pick<RouteRequest<'task.diff'>, 'caller' | 'path' | 'read'>;

const TEXT_HEADERS = { 'content-type': 'text/x-diff; charset=utf-8', 'cache-control': 'no-store' };

export function diffHandlers(parts: DiffParts): Pick<Handlers, 'task.diff'> {
  return {
    'task.diff': async (request) => {
      const task = await diffTask(parts, request);
      if (task instanceof Refusal) return task;
      const { live } = task;
      const { attempt } = request.query;
      if (task.hasRepository && live !== undefined && (attempt ?? live.generation) === live.generation) {
        const refusal = await refreshed(parts, request, task, live);
        if (refusal !== undefined) return refusal;
      }
      const diff = await keptDiff(parts.store, task, attempt);
      if (diff instanceof Refusal) return diff;
      return acceptsText(request.accept) ? { body: asText(diff), headers: TEXT_HEADERS } : { body: diff };
    },
  };
}

export async function diffTask(parts: Pick<DiffParts, 'archived'>, request: Request): Promise<DiffTask | Refusal> {
  const { id } = request.path;
  const seen = await request.read((view): DiffTask | undefined => {
    const task = view.task(id);
    if (task === undefined) return undefined;
    const { org, state, generation, agent, spec } = task;
    const isLive = agent !== undefined && (state === 'working' || state === 'blocked');
    return { org, id, hasRepository: spec.repo !== undefined, ...(isLive && { live: { generation, agent } }) };
  });
  if (seen !== undefined) return seen;
  const task = await archivedTask(parts, request, id);
  return task instanceof Refusal ? task : { org: task.org, id, hasRepository: task.repo !== undefined };
}

export async function keptDiff(store: DiffStore, task: DiffTask, attempt?: number): Promise<TaskDiff | Refusal> {
  const { org, id, hasRepository, live } = task;
  const diff = hasRepository ? await store.newest(org, id, attempt) : undefined;
  if (diff !== undefined) return diff;
  if (!hasRepository) return new Refusal('diff.not_found', `task ${id} has no repository, so it has no diff`);
  if (live !== undefined)
    return new Refusal('diff.not_found', `the sidecar of agent ${live.agent} has sent no diff yet; retry`);
  const which = attempt === undefined ? `task ${id}` : `attempt ${attempt} of task ${id}`;
  return new Refusal('diff.not_found', `no diff of ${which} is kept`);
}

/** Waits until the sidecar has answered, or has had its time. Whoever has to give way sees what is kept. */
async function refreshed(
  { requests, waiting }: DiffParts,
  { caller, onOver }: RouteRequest<'task.diff'>,
  { org, id }: DiffTask,
  { generation, agent }: NonNullable<DiffTask['live']>,
): Promise<Refusal | undefined> {
  return new Promise((resolve) => {
    const leave = waiting.take(caller, () => end());
    if (leave instanceof Refusal) return resolve(leave);
    const forget = onOver(() => end());
    const end = (): void => {
      forget();
      leave();
      resolve(undefined);
    };
    void requests.refresh({ org, task: id, generation }, agentKey(org, agent)).then(end);
  });
}

/** Text is what a caller wants who asks for it before JSON. */
function acceptsText(accept: string | undefined): boolean {
  return accept?.split(',')[0]?.split(';')[0]?.trim() === 'text/x-diff';
}

/** What is left out must not look as if it were not there. */
function asText({ text, leftOut }: TaskDiff): string {
  return leftOut === undefined ? text : `${text}# left out: ${leftOut.lines} changed lines of ${leftOut.files} files\n`;
}
