import { type LiveView, matcherOf, parseQuery, type QueryList } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { alert, overview } from './fixture.js';
import { follow, isWhole } from './looking.js';
import { firstState, type TopState } from './model.js';

type Subscriber = Parameters<Parameters<typeof follow>[0]['subscribe']>[1];

function following() {
  const views: { readonly view: LiveView; readonly subscriber: Subscriber }[] = [];
  let state: TopState = firstState('http://h', 'default', []);
  const subscribe = (view: LiveView, subscriber: Subscriber) => {
    views.push({ view, subscriber });
    return () => undefined;
  };
  follow({ subscribe }, (next) => {
    state = next(state);
  });
  return { views, state: () => state };
}

describe('the views', () => {
  it('are asked for by queries that there are', () => {
    const asked = following().views.flatMap(({ view: { kind, q } }) => (q === undefined ? [] : [[kind, q] as const]));
    expect(asked.map(([kind]) => kind)).toEqual(['needs-you', 'alerts', 'tasks']);
    for (const [kind, q] of asked)
      expect(parseQuery(kind as QueryList, q, { now: 0, zone: 'UTC' }).error, q).toBeUndefined();
  });

  it('leave the watchdog out, which always fires', () => {
    const q = following().views.find(({ view }) => view.kind === 'alerts')?.view.q ?? '';
    const facts = {
      words: ({ rule, state }: ReturnType<typeof alert>, key: string) =>
        key === 'rule' ? [rule] : key === 'state' ? [state] : [],
      amount: () => undefined,
      text: () => '',
    };
    const { query } = parseQuery('alerts', q, { now: 0, zone: 'UTC' });
    if (query === undefined) return expect.fail();
    const matches = matcherOf(query, facts);
    expect([alert(), alert({ rule: 'Watchdog' }), alert({ state: 'pending' })].map((one) => matches(one, 0))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('are whole once each has come or was refused', () => {
    const { views, state } = following();
    for (const { view, subscriber } of views) {
      expect(isWhole(state())).toBe(false);
      if (view.kind === 'agents')
        subscriber.onError({ type: 'error', code: 'auth.forbidden', message: 'not\u001b allowed', retryable: false });
      else
        subscriber.onSnapshot({ type: 'snapshot', id: 1, seq: 1, items: view.kind === 'overview' ? [overview()] : [] });
    }
    expect([isWhole(state()), state().views.agents?.refused]).toEqual([true, 'not· allowed']);
    views[1]?.subscriber.onReset();
    expect(state().views.needs).toBeUndefined();
  });
});
