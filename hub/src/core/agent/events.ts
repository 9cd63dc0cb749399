// What happens to agents.

import type { Unfit } from '@agentcom/schemas';
import type { Left } from '../task/events.js';
import type { AgentBounds } from './agent.js';

/** A sidecar, as its hello introduced it. */
export interface Introduced {
  readonly host: string;
  readonly instance: string;
}

export type AgentEvent =
  | ({
      readonly type: 'agent.enrolled';
      readonly org: string;
      readonly agent: string;
      /** Given by the invitation, whatever its sidecar says it has. */
      readonly granted: readonly string[];
      readonly capabilities: readonly string[];
      readonly host: string;
      readonly os: string;
    } & AgentBounds)
  | { readonly type: 'agent.removed'; readonly org: string; readonly agent: string }
  | {
      readonly type: 'agent.connected';
      readonly org: string;
      readonly agent: string;
      readonly connection: string;
      readonly instance: string;
      readonly machine?: string;
      /** The other sidecar whose live link this one takes over. */
      readonly replaced?: string;
      readonly capabilities: readonly string[];
      readonly version: string;
      readonly host: string;
      readonly os: string;
      /** Its machine cannot work at present. */
      readonly unfit?: Unfit;
    }
  | {
      readonly type: 'agent.disconnected';
      readonly org: string;
      readonly agent: string;
      readonly connection: string;
      /** Until when its work may come back; absent when it holds none. */
      readonly graceUntil?: number;
    }
  | {
      readonly type: 'agent.stopping';
      readonly org: string;
      readonly agent: string;
      readonly task: string;
      readonly generation: number;
      readonly until: number;
    }
  | {
      readonly type: 'agent.stopped';
      readonly org: string;
      readonly agent: string;
      readonly task: string;
      readonly left?: Left;
    }
  /** A sidecar on another machine was refused: the key is in use. */
  | {
      readonly type: 'agent.conflicted';
      readonly org: string;
      readonly agent: string;
      readonly host: string;
      readonly instance?: string;
      /** Who has the agent. */
      readonly first?: Introduced;
    }
  /** A sidecar took the agent over from another one whose link was live. */
  | ({
      readonly type: 'agent.taken_over';
      readonly org: string;
      readonly agent: string;
      readonly first: Introduced;
    } & Introduced)
  /** It is not let in until then; `times` in a row. */
  | {
      readonly type: 'agent.banned';
      readonly org: string;
      readonly agent: string;
      readonly times: number;
      readonly until: number;
    }
  /** It let an offer pass, and has since shown that it listens. */
  | { readonly type: 'agent.responded'; readonly org: string; readonly agent: string }
  /** Its machine cannot work, for another reason than before, or it can again. */
  | { readonly type: 'agent.fitness_changed'; readonly org: string; readonly agent: string; readonly unfit?: Unfit }
  /** One of its runners has met a usage limit; without `runner`, the one it uses for tasks that name none. */
  | {
      readonly type: 'agent.limited';
      readonly org: string;
      readonly agent: string;
      readonly runner?: string;
      /** Of this model only. */
      readonly model?: string;
      readonly until: number;
    }
  | {
      readonly type: 'agent.limit_ended';
      readonly org: string;
      readonly agent: string;
      readonly runner?: string;
      readonly model?: string;
    }
  | {
      readonly type: 'agent.drain_set';
      readonly org: string;
      readonly agent: string;
      readonly draining: boolean;
      readonly reason: string;
    };
