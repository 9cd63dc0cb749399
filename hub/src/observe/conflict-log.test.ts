import { expect, test } from 'vitest';
import type { Change } from '../core/change.js';
import { Bench, ORG } from '../core/fixture.js';
import { conflictLog } from './conflict-log.js';

test('a second hello with the key of an agent is logged with both sidecars, and nothing else is', () => {
  const bench = new Bench();
  bench.join('a');
  bench.hello('a', undefined, { host: 'two', instance: 'second' });
  bench.take({ type: 'agent.conflict', org: ORG, agent: 'a', host: 'three', instance: 'third' });
  const lines: object[] = [];
  const subscriber = conflictLog({ warn: (fields) => lines.push(fields) });
  const changes = bench.log.map(({ event, at }): Change => ({ org: ORG, at, event }));
  subscriber.changes({ changes });
  const whose = { org: ORG, agent: 'a' };
  const second = { host: 'two', instance: 'second' };
  expect(lines).toEqual([
    { event: 'agent.taken_over', ...whose, ...second, first: { host: 'host', instance: 'instance' } },
    { event: 'agent.conflicted', ...whose, host: 'three', instance: 'third', first: second },
  ]);
});
