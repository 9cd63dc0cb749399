// The output of a task: read in pages, or followed to the task's end through breaks of the connection and restarts of the hub.

import type { OutputPiece, TaskState } from '@agentcom/schemas';
import type { HubClient } from './client.js';
import { type OutageOptions, OutageTolerance } from './follow.js';

const PAGE_ITEMS = 200;
const AGAIN_MS = 1000;

export interface OutputRequest {
  readonly id: string;
  /** Only this attempt's. */
  readonly generation?: number;
}

/** Every piece there is. */
export async function* outputOf(client: HubClient, { id, generation }: OutputRequest): AsyncGenerator<OutputPiece> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = {
      limit: PAGE_ITEMS,
      ...(generation !== undefined && { generation }),
      ...(cursor !== undefined && { cursor }),
    };
    const page = await client.call('task.output', { path: { id }, query });
    yield* page.items;
    cursor = page.nextCursor;
  }
}

export interface OutputFollowing extends OutageOptions {
  readonly onPiece: (piece: OutputPiece) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Ends the following early. */
  readonly signal?: AbortSignal;
}

/** The state in which the task has ended, or null when `signal` came first. Throws what the hub refuses, and 69 when it stays away. */
export async function followOutput(
  client: HubClient,
  { id, generation }: OutputRequest,
  options: OutputFollowing,
): Promise<TaskState | null> {
  const outage = new OutageTolerance(options);
  const query = { follow: '1' as const, ...(generation !== undefined && { generation }) };
  const isOff = () => options.signal?.aborted === true;
  let lastEventId = '';
  while (!isOff()) {
    try {
      const stream = client.events('task.output', { path: { id }, query, lastEventId, signal: options.signal });
      for await (const { event, id: at, data } of stream) {
        outage.over();
        lastEventId = at;
        if (event === 'output') options.onPiece(data as OutputPiece);
        if (event === 'end') return (data as { readonly state: TaskState }).state;
      }
    } catch (error) {
      if (isOff()) return null;
      outage.tolerate(error);
    }
    await options.sleep(AGAIN_MS);
  }
  return null;
}
