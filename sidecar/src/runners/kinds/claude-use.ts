// What Claude Code has used. It says so exactly in its result; until then it is estimated from the messages, so that a budget ends a
// turn that never comes to a result.

import type { Counters } from '../../core/attempt.js';
import type { Heard } from '../kind.js';
import { at, type Event, listAt, micros, numberAt, textAt, valuesAt } from './event.js';

type CountersHeard = Extract<Heard, { type: 'counters' }>;

/** From this version on, a resumed process goes on from the totals that the one before saved when it ended; before, each began at zero. */
const RESTORES_TOTALS = [2, 1, 277] as const;
const CHARS_PER_TOKEN = 4;
/** Of so many messages it is remembered what they were counted with; the parts of one come close together. */
const MESSAGES_MAX = 256;

interface Counted {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export class ClaudeUse {
  readonly #resumed: Counters | null;
  #restoresTotals = true;
  /** By id of the message, which comes in several events, one for each part of it. */
  readonly #messages = new Map<string, Counted>();
  #total: Counted = { input: 0, cached: 0, output: 0 };

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
    const chars = listAt(event, 'message', 'content').reduce<number>((sum, part) => sum + charsOf(part), 0);
    const before = this.#messages.get(id) ?? { input: 0, cached: 0, output: 0 };
    const output = Math.max(before.output + Math.ceil(chars / CHARS_PER_TOKEN), numberAt(usage, 'output_tokens'));
    this.#count(id, before, { input: fresh + cached, cached, output });
    const { input, cached: read, output: written } = this.#total;
    const counters = { inputTokens: input, cachedInputTokens: read, outputTokens: written, costMicros: 0 };
    return [{ type: 'counters', scope: 'turn', counters }];
  }

  #count(id: string, before: Counted, now: Counted): void {
    this.#messages.delete(id);
    this.#messages.set(id, now);
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= MESSAGES_MAX) break;
      this.#messages.delete(oldest);
    }
    const { input, cached, output } = this.#total;
    this.#total = {
      input: input + now.input - before.input,
      cached: cached + now.cached - before.cached,
      output: output + now.output - before.output,
    };
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

/** Of a text, or of the call of a tool. */
function charsOf(part: unknown): number {
  return (textAt(part, 'text') ?? textAt(part, 'thinking') ?? JSON.stringify(at(part, 'input')) ?? '').length;
}

function inputOf(usage: unknown, input: string, written: string, read: string): { fresh: number; cached: number } {
  return { fresh: numberAt(usage, input) + numberAt(usage, written), cached: numberAt(usage, read) };
}
