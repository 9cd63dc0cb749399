import { describe, expect, it } from 'vitest';
import { decide } from '../core/decide.js';
import { defaultSettings } from '../core/settings.js';
import { emptyState, type State } from '../core/state.js';
import { pastRetention } from './archiver.js';

function finishedTasks(count: number): State {
  const state = emptyState();
  let made = 0;
  const inputs = { settings: defaultSettings, newId: () => `t${++made}`, random: () => 0 };
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
    const settings = { ...defaultSettings, retentionTasks: 2 };
    expect(pastRetention(finishedTasks(4), settings, 3_000)).toEqual(['t4', 't3']);
  });

  it('are all that finished too long ago', () => {
    const settings = { ...defaultSettings, retentionMs: 10_000 };
    expect(pastRetention(finishedTasks(3), settings, 12_001)).toEqual(['t3', 't2']);
    expect(pastRetention(finishedTasks(3), settings, 3_000)).toEqual([]);
  });
});
