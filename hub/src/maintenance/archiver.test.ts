import type { ConfigPatch } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { decide } from '../core/decide.js';
import { emptyState, type State } from '../core/state.js';
import { pastRetention } from './archiver.js';

function finishedTasks(count: number, retention: NonNullable<ConfigPatch['retention']>): State {
  const state = emptyState();
  let made = 0;
  const inputs = { newId: () => `t${++made}`, random: () => 0 };
  decide(state, { type: 'config.patch', patch: { retention }, by: 'me' }, 1_000, inputs);
  for (let i = 0; i < count; i++) {
    const spec = { title: 't', prompt: 'p', lane: 'normal' as const, needs: [] };
    decide(state, { type: 'task.submit', org: 'default', by: 'me', spec }, 1_000 + i, inputs);
  }
  for (let i = count; i >= 1; i--) {
    decide(
      state,
      { type: 'task.cancel', org: 'default', task: `t${i}`, by: 'me', reason: 'done' },
      2_000 + count - i,
      inputs,
    );
  }
  return state;
}

describe('tasks past their retention', () => {
  it('are those finished longest ago, as many as there are too many', () => {
    expect(pastRetention(finishedTasks(4, { finishedTasks: 2 }), 3_000)).toEqual(['t4', 't3']);
  });

  it('are all that finished too long ago', () => {
    expect(pastRetention(finishedTasks(3, { finishedSeconds: 10 }), 12_001)).toEqual(['t3', 't2']);
    expect(pastRetention(finishedTasks(3, { finishedSeconds: 10 }), 3_000)).toEqual([]);
  });
});
