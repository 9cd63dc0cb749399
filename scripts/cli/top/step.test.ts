import { describe, expect, it } from 'vitest';
import { TASK } from '../testing.js';
import { agent, alert, deadLetters, NOW, question, topState } from './fixture.js';
import { itemsOf, selectedItem, type TopState, withDelta } from './model.js';
import { type Effect, settled, step } from './step.js';

function pressed(state: TopState, ...keys: string[]): { state: TopState; effects: readonly Effect[] } {
  const effects: Effect[] = [];
  for (const key of keys) {
    const { state: next, effect } = step(state, key);
    if (effect !== undefined) effects.push(effect);
    state = next;
  }
  return { state, effects };
}

const idOf = (state: TopState) => selectedItem(state)?.id;

describe('what waits', () => {
  it('stands in the order of the hub: what pages first, then questions by the time that is left', () => {
    const late = question({ id: 'question late', until: '2026-01-31T12:05:00Z' });
    const old = question({ id: 'question old', since: '2026-01-31T01:00:00Z' });
    const paging = { ...deadLetters(), severity: 'page', alert: alert() } as const;
    const review = { ...deadLetters(), id: 'review r', kind: 'review', deadLetters: undefined } as never;
    const state = topState({ needs: [review, deadLetters(), old, { ...paging, id: 'dead-letters p' }, late] });
    expect(itemsOf(state, 'needs').map(({ id }) => id)).toEqual([
      'dead-letters p',
      'question late',
      'question old',
      'dead-letters g',
      'review r',
    ]);
  });
});

describe('moving', () => {
  it('goes through all parts, and stops at both ends', () => {
    const first = topState();
    expect(idOf(first)).toBe(question().id);
    expect(idOf(pressed(first, 'k').state)).toBe(question().id);
    expect(idOf(pressed(first, 'j', 'down').state)).toBe('a1');
    expect(idOf(pressed(first, 'G', 'j').state)).toBe('roofer');
    expect(idOf(pressed(first, 'G', 'g').state)).toBe(question().id);
  });

  it('goes from part to part, past those that are empty', () => {
    const state = topState({ alerts: [] });
    expect(idOf(pressed(state, 'tab').state)).toBe('roofer');
    expect(idOf(pressed(state, 'tab', 'tab').state)).toBe(question().id);
    expect(idOf(pressed(state, 'shift-tab').state)).toBe('roofer');
  });

  it('stays on its row wherever that goes, and takes the next where it has gone', () => {
    const state = pressed(topState(), 'j').state;
    expect(idOf(state)).toBe('dead-letters g');
    const more = withDelta(state, 'needs', {
      put: [question({ id: 'question b', until: '2026-01-31T14:00:00Z' })],
      gone: [],
    });
    expect(idOf(more)).toBe('dead-letters g');
    const less = withDelta(more, 'needs', { put: [], gone: ['dead-letters g'] });
    expect(idOf(less)).toBe('a1');
    expect(
      idOf(withDelta(withDelta(less, 'alerts', { put: [], gone: ['a1'] }), 'agents', { put: [], gone: ['roofer'] })),
    ).toBe('question b');
  });

  it('does nothing where there is nothing', () => {
    const empty = topState({ needs: [], alerts: [], agents: [] });
    expect(pressed(empty, 'j', 'G', 'tab', 'a', '1', 'r', 'c').effects).toEqual([]);
    expect(selectedItem(pressed(empty, 'G').state)).toBeUndefined();
  });
});

describe('an answer', () => {
  it('is the choice of a digit, once until the hub has answered', () => {
    const { state, effects } = pressed(topState(), '2', '2');
    const sent = {
      kind: 'answer',
      row: question().id,
      task: TASK,
      questionId: 'q1',
      answer: 'Move over',
      title: question().title,
    };
    expect(effects).toEqual([sent]);
    const [effect] = effects;
    if (effect?.kind !== 'answer') return expect.fail();
    const after = settled(state, effect, undefined, NOW);
    expect(after.notice).toMatchObject({ text: 'Answered: Upgrade the payment library', tone: 'good' });
    expect(pressed(after, '2').effects).toEqual([sent]);
  });

  it('has no choice beyond those there are', () => {
    const { state, effects } = pressed(topState(), '3');
    expect([effects, state.notice?.text]).toEqual([[], 'There is no answer 3. Press a to type one.']);
  });

  it('is typed, with keys that mean something elsewhere, and sent by enter', () => {
    const { effects } = pressed(topState(), 'a', 'q', 'x', 'backspace', ' ', 'j', '?', '日', 'enter');
    expect(effects).toMatchObject([{ kind: 'answer', answer: 'q j?日', questionId: 'q1' }]);
  });

  it('is not sent empty, nor when one leaves', () => {
    expect(pressed(topState(), 'a', ' ', 'enter').effects).toEqual([]);
    const left = pressed(topState(), 'a', 'y', 'escape');
    expect([left.effects, left.state.mode]).toEqual([[], { kind: 'list' }]);
  });

  it('goes to the question it was begun for, whatever is selected when it is sent', () => {
    const begun = pressed(topState(), 'a', 'o', 'k').state;
    const other = withDelta(begun, 'needs', { put: [], gone: [question().id] });
    expect(pressed(other, 'enter').effects).toMatchObject([{ task: TASK, questionId: 'q1', answer: 'ok' }]);
  });
});

describe('other changes', () => {
  it('requeues the newest of some dead letters', () => {
    expect(pressed(topState({ needs: [deadLetters()] }), 'r').effects).toEqual([
      { kind: 'requeue', row: 'dead-letters g', task: TASK, title: 'Translate the error pages' },
    ]);
  });

  it('acknowledges an alert, and not twice', () => {
    const state = topState({ needs: [] });
    expect(pressed(state, 'a').effects).toEqual([{ kind: 'acknowledge', row: 'a1', alert: 'a1', title: 'NoAgents' }]);
    const taken = alert({ acknowledged: { by: 'person:p', at: '2026-01-31T11:59:00Z' } });
    expect(pressed(topState({ needs: [], alerts: [taken] }), 'a').effects).toEqual([]);
  });

  it('acknowledges the alert with the cause of a row, which is not listed once more', () => {
    const dead = { ...deadLetters(), severity: 'page', alert: alert() } as const;
    const asked = { ...question(), severity: 'warn', alert: alert({ id: 'a2', rule: 'QuestionWaiting' }) } as const;
    const state = topState({ needs: [dead, asked], alerts: [alert(), alert({ id: 'a2' }), alert({ id: 'a3' })] });
    expect(itemsOf(state, 'alerts').map(({ id }) => id)).toEqual(['a3']);
    expect(pressed(state, 'a').effects).toEqual([
      { kind: 'acknowledge', row: dead.id, alert: 'a1', title: 'NoAgents' },
    ]);
    expect(pressed(state, 'j', 'A').effects).toMatchObject([{ kind: 'acknowledge', row: asked.id, alert: 'a2' }]);
    expect(pressed(state, 'j', 'a').state.mode.kind).toBe('answer');
  });

  it('cancels what an agent works on, when the person says so', () => {
    const state = topState({ needs: [], alerts: [], agents: [agent('roofer', { state: 'working', task: TASK })] });
    expect(pressed(state, 'c', 'n').effects).toEqual([]);
    expect(pressed(state, 'c', 'y').effects).toEqual([{ kind: 'cancel', row: 'roofer', task: TASK, title: TASK }]);
    expect(pressed(topState({ needs: [], alerts: [] }), 'c', 'y').effects).toEqual([]);
  });

  it('does nothing that the role may not', () => {
    const state = topState({ may: ['tasks.read'] });
    const { effects, state: after } = pressed(state, '1', 'a', 'j', 'r', 'j', 'a');
    expect([effects, after.notice?.text]).toEqual([[], 'Your role may not do this.']);
  });

  it('says what the hub refuses, until the next key', () => {
    const effect = { kind: 'requeue', row: 'dead-letters g', task: TASK, title: 't' } as const;
    const failed = settled(topState(), effect, 'the task\u001b[2J is working', NOW);
    expect(failed.notice).toEqual({ text: 'the task·[2J is working', tone: 'bad' });
    expect(pressed(failed, 'j').state.notice).toBeUndefined();
  });

  it('quits by q and ctrl-c, which also ends a text', () => {
    expect(pressed(topState(), 'q').effects).toEqual([{ kind: 'quit' }]);
    expect(pressed(topState(), 'a', 'q', 'ctrl-c').effects).toEqual([{ kind: 'quit' }]);
    expect(pressed(topState(), '?', 'q').effects).toEqual([]);
  });
});
