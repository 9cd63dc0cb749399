// The tool calls of a turn. Those of our own tools are left out, whatever the kind: they show no work.

import type { Heard } from '../kind.js';

/** Each tool puts the name of the server before that of its tool in its own way. */
const OWN = /^(?:mcp__?)?agentcom(?:__?|\.)/;
/** Open at once; more are taken for calls of other tools. */
const OWN_CALLS_MAX = 1_000;

export class ToolCalls {
  /** Calls of our own tools that are open. */
  readonly #own = new Set<string>();

  begun(id: string | undefined, tool: string): readonly Heard[] {
    if (id === undefined) return [];
    if (!OWN.test(tool)) return [{ type: 'call', id, is: 'begun' }];
    if (this.#own.size < OWN_CALLS_MAX) this.#own.add(id);
    return [];
  }

  /** `tool`: for those that tell of a call only now. */
  ended(id: string | undefined, tool = ''): readonly Heard[] {
    if (id === undefined || this.#own.delete(id) || OWN.test(tool)) return [];
    return [{ type: 'call', id, is: 'ended' }];
  }
}
