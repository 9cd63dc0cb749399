// What Claude Code has used. It says so exactly in its result; until then it is estimated from the messages, so that a budget ends a
// turn that never comes to a result.

import type { Counters } from '../../core/attempt.js';
import type { Heard } from '../kind.js';
import { at, type Event, listAt, micros, numberAt, textAt, valuesAt } from './event.js';

type CountersHeard = Extract<Heard, { type: 'counters' }>;

/** From this version on, a resumed process goes on from the totals that the one before saved when it ended; before, each began at zero. */
const RESTORES_TOTALS = [2, 1, 277] as const;
const CHARS_PER_TOKEN = 4;

export class ClaudeUse {
  readonly #resumed: Counters | null;
  #restoresTotals = true;
  /** By id of the message, which comes in several events, one for each part of it. */
  readonly #messages = new Map<string, { input: number; cached: number; output: number }>();

  constructor(resumed: Counters | null) {
    this.#resumed = resumed;
  }

  began(event: Event): void {
    const version = (textAt(event, 'claude_code_version') ?? '').split('.').map(Number);
    const differs = RESTORES_TOTALS.findIndex((part, index) => version[index] !== part);
    this.#restoresTotals = differs === -1 || (version[differs] ?? 0) > (RESTORES_TOTALS[differs] ?? 0);
  }

  /** Without a cost: it is estimated from the prices of the model. */
  said(event: Event): readonly CountersHeard[] {
    const id = textAt(event, 'message', 'id');
    const usage = at(event, 'message', 'usage');
    const { fresh, cached } = inputOf(usage, 'input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens');
    if (id === undefined || fresh + cached === 0) return [];
    // The figure for the output is the one of the message's first token.
    const chars = JSON.stringify(listAt(event, 'message', 'content')).length;
    const output = (this.#messages.get(id)?.output ?? 0) + Math.ceil(chars / CHARS_PER_TOKEN);
    this.#messages.set(id, {
      input: fresh + cached,
      cached,
      output: Math.max(output, numberAt(usage, 'output_tokens')),
    });
    const counters = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costMicros: 0 };
    for (const one of this.#messages.values()) {
      counters.inputTokens += one.input;
      counters.cachedInputTokens += one.cached;
      counters.outputTokens += one.output;
    }
    return [{ type: 'counters', scope: 'turn', counters }];
  }

  /** Of all models, and with what subagents used: `usage` has the main conversation alone. */
  ended(event: Event): CountersHeard {
    const counters = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costMicros: 0 };
    for (const model of valuesAt(event, 'modelUsage')) {
      const { fresh, cached } = inputOf(model, 'inputTokens', 'cacheCreationInputTokens', 'cacheReadInputTokens');
      counters.inputTokens += fresh + cached;
      counters.cachedInputTokens += cached;
      counters.outputTokens += numberAt(model, 'outputTokens');
    }
    counters.costMicros = micros(numberAt(event, 'total_cost_usd'));
    const { fresh, cached } = inputOf(
      event.usage,
      'input_tokens',
      'cache_creation_input_tokens',
      'cache_read_input_tokens',
    );
    const own = { inputTokens: fresh + cached, outputTokens: numberAt(event, 'usage', 'output_tokens') };
    if (this.#resumed === null || !this.#restoresTotals)
      return { type: 'counters', scope: 'turn', counters, currency: 'USD' };
    // A process that was killed saved no totals. Then the growth is no measure, and the main conversation has to do.
    const isWhole = counters.inputTokens - this.#resumed.inputTokens >= own.inputTokens;
    return isWhole
      ? { type: 'counters', scope: 'session', counters, currency: 'USD' }
      : { type: 'counters', scope: 'turn', counters: { ...own, cachedInputTokens: cached, costMicros: 0 } };
  }
}

function inputOf(usage: unknown, input: string, written: string, read: string): { fresh: number; cached: number } {
  return { fresh: numberAt(usage, input) + numberAt(usage, written), cached: numberAt(usage, read) };
}
