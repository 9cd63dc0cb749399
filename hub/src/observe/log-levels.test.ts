import { recordedLog } from '@agentcom/schemas/log-testing';
import { expect, test } from 'vitest';
import { Bench } from '../core/fixture.js';
import { LogLevels } from './log-levels.js';

test('the levels of the config count from the moment they are durable, and the one of the start in their absence', () => {
  const bench = new Bench();
  const { thresholds, log } = recordedLog();
  const http = log.child({ component: 'http' });
  const levels = new LogLevels(thresholds, 'warn', () => bench.state);
  const isOn = () => [log.isOn('info'), http.isOn('debug')];
  levels.resync();
  expect(isOn()).toEqual([false, false]);
  levels.changes(bench.take({ type: 'config.patch', patch: { log: { components: { http: 'debug' } } }, by: 'owner' }));
  expect(isOn()).toEqual([false, true]);
  levels.changes(bench.take({ type: 'config.patch', patch: { log: { level: 'info' } }, by: 'owner' }));
  expect(isOn()).toEqual([true, true]);
  levels.changes(bench.take({ type: 'config.patch', patch: { log: null as never }, by: 'owner' }));
  expect(isOn()).toEqual([false, false]);
  expect(log.isOn('warn')).toBe(true);
});
