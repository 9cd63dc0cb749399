import { describe, expect, it } from 'vitest';
import { ClaudeUse } from './claude-use.js';

const said = (id: string, input: number, text: string) => ({
  type: 'assistant',
  message: { id, usage: { input_tokens: input, output_tokens: 1 }, content: [{ type: 'text', text }] },
});

describe('the estimate of what Claude Code uses', () => {
  it('counts a message once, however many parts it comes in', () => {
    const use = new ClaudeUse(null);
    use.said(said('a', 100, 'x'.repeat(40)));
    use.said(said('b', 200, 'x'.repeat(40)));
    expect(use.said(said('a', 100, 'x'.repeat(40)))).toMatchObject([
      { counters: { inputTokens: 300, outputTokens: 30 } },
    ]);
  });

  it('is the sum of all messages of a long turn', () => {
    const use = new ClaudeUse(null);
    for (let n = 1; n < 5_000; n += 1) use.said(said(`m${n}`, 10, 'four'));
    expect(use.said(said('last', 10, 'four'))).toMatchObject([
      { counters: { inputTokens: 50_000, outputTokens: 5_000 } },
    ]);
  });
});
