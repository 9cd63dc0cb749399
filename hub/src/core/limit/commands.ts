// What can be asked about spend limits.

import type { LimitWindow } from '@agentcom/schemas';
import type { Amounts, LimitScope } from './limit.js';

/** With `ofHub` the caller is of the organisation that runs the hub. */
interface Asked {
  readonly org: string;
  readonly ofHub: boolean;
  readonly by: string;
  readonly scope: LimitScope;
}

export interface LimitCommands {
  'limit.set': Asked & {
    readonly currency?: string;
    readonly amounts: { readonly [Window in LimitWindow]?: Amounts };
    /** The terms that it is meant for; refused where it has others. */
    readonly ifTerms?: string;
  };
  'limit.remove': Asked;
}

export interface LimitReplies {
  'limit.set': Record<never, never>;
  'limit.remove': Record<never, never>;
}
