// Alerts, silences and noise marks as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import type { Alert } from './alert.js';
import type { NoiseCounts } from './alerts.js';
import { putAlert, putSilence } from './apply.js';
import type { Silence } from './silence.js';

export type AlertRecord =
  | { readonly kind: 'alert'; readonly value: Alert }
  | { readonly kind: 'silence'; readonly value: Silence }
  | { readonly kind: 'noise'; readonly value: { readonly key: string; readonly counts: NoiseCounts } };

/** What is over comes in the order in which it was resolved, as it is kept. */
export function* dumpAlerts({ alerts }: State): Iterable<AlertRecord> {
  for (const list of alerts.resolved.values()) for (const value of list) yield { kind: 'alert', value };
  for (const value of alerts.open.values()) yield { kind: 'alert', value };
  for (const value of alerts.silences.values()) yield { kind: 'silence', value };
  for (const [key, counts] of alerts.noise) yield { kind: 'noise', value: { key, counts } };
}

export const loadAlerts: LoadTable<AlertRecord> = {
  alert: putAlert,
  silence: putSilence,
  noise: (state, { key, counts }) => {
    state.alerts.noise.set(key, counts);
  },
};
