// What happens to spend limits. What they stop are events of tasks.

import type { LimitLevel, LimitWindow } from '@agentcom/schemas';
import type { Figures } from '../ledger/ledger.js';
import type { Amounts, LimitScope, Waits } from './limit.js';

interface OfLimit {
  readonly limit: string;
  /** Whose work it is about; absent: everybody's. */
  readonly org?: string;
}

export type LimitEvent =
  /** New, or in place of what the scope had: what is no longer among the periods ends, and of one that was there before what was used stays. */
  | (OfLimit & {
      readonly type: 'limit.set';
      readonly scope: LimitScope;
      readonly owner: string;
      readonly currency?: string;
      readonly by: string;
      /** Of a new limit: for what runs already and was offered without an estimate. */
      readonly estimate?: Amounts;
      readonly periods: readonly {
        readonly window: LimitWindow;
        readonly amounts: Amounts;
        /** Of one that begins with this. */
        readonly begins?: { readonly used: Figures; readonly since: number; readonly until?: number };
      }[];
    })
  | (OfLimit & { readonly type: 'limit.removed'; readonly by: string })
  /** The day or the month is over. */
  | (OfLimit & {
      readonly type: 'limit.period_began';
      readonly window: LimitWindow;
      readonly since: number;
      readonly until: number;
    })
  | (OfLimit & {
      readonly type: 'limit.moved';
      readonly from: LimitLevel;
      readonly level: LimitLevel;
      /** What does not fit beside what is reserved. */
      readonly waits?: Waits;
      /** Agents are told by a message of this id. */
      readonly notice?: string;
    });
