// Before a hub reads its journal: a change of it that was interrupted is finished, and the end that an operator names is accepted.

import type { HubSettings } from '@agentcom/schemas';
import { parseEnd } from './journal/log/refused.js';
import type { Truncation } from './journal/repair/accept-end.js';
import { readChange } from './journal/repair/journal-change.js';
import type { Restored } from './journal/repair/restore.js';
import { changeOptions, type Store } from './store.js';

/** What was given up and is not on record yet, or the restore that this start has finished. The code that repairs is loaded only when there is something to repair. */
export async function repairJournal(
  store: Store,
  settings: HubSettings,
  hubVersion: string,
  acceptedEnd: string | undefined,
): Promise<Truncation | Restored | undefined> {
  const change = changeOptions(store, settings, hubVersion);
  if ((await readChange(settings.dataDir)) !== null) {
    const { finishInterrupted } = await import('./journal/repair/restore.js');
    const finished = await finishInterrupted(change);
    if (finished !== null) return finished;
  }
  if (acceptedEnd === undefined) return undefined;
  const end = parseEnd(acceptedEnd);
  if (end === null) throw new Error('--accept-journal-end takes SEQ:HASH, as printed by the refused start');
  const { acceptJournalEnd } = await import('./journal/repair/accept-end.js');
  return (await acceptJournalEnd(change, end)) ?? undefined;
}
