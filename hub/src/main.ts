// A hub from its settings: it starts, and starts again by itself after a restore.

import type { HubSettings } from '@agentcom/schemas';
import { type HubOptions, type RunningHub, startLife } from './life.js';

export type { RunningHub } from './life.js';

/**
 * Resolves once the hub serves, as leader or behind another hub. Rejects with a message that says what to do. After a restore it starts
 * again by itself, at the same address.
 */
export async function startHub(settings: HubSettings, options: HubOptions): Promise<RunningHub> {
  let life = await startLife(settings, options);
  const again = { ...settings, port: Number(new URL(life.url).port || settings.port) };
  const { acceptJournalEnd: _accepted, ...rest } = options;
  let isAsked = false;
  const live = async (): Promise<Error | undefined> => {
    for (;;) {
      const failure = await life.stopped;
      if (failure !== undefined || isAsked || !life.startsAgain()) return failure;
      options.logs.log.child({ component: 'hub' }).info({}, 'the hub starts again');
      try {
        life = await startLife(again, rest);
      } catch (error) {
        return isAsked ? undefined : error instanceof Error ? error : new Error(String(error));
      }
      if (isAsked) await life.stop();
    }
  };
  const stopped = live();
  const stop = async () => {
    isAsked = true;
    await life.stop();
    await stopped;
  };
  return { ...life, stop, stopped };
}
