// Leadership and time as a record of a snapshot, and back.

import type { LoadTable, State } from '../state.js';

export interface LeadershipRecord {
  readonly kind: 'clock';
  readonly value: Pick<State, 'now' | 'epoch' | 'leader' | 'wallOffsetMs'>;
}

export function* dumpLeadership({ now, epoch, leader, wallOffsetMs }: State): Iterable<LeadershipRecord> {
  yield { kind: 'clock', value: { now, epoch, leader, wallOffsetMs } };
}

export const loadLeadership: LoadTable<LeadershipRecord> = {
  clock: (state, value) => {
    Object.assign(state, value);
  },
};
