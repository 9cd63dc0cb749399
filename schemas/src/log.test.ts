import { expect, test } from 'vitest';
import { recordedLog } from './log-testing.js';

test('a child logger attaches its subject to every line', () => {
  const { lines, log } = recordedLog();
  const http = log.child({ component: 'http' });
  http.child({ org: 'acme', traceId: 'a1' }).warn({ code: 'x' }, 'refused');
  http.info({}, 'listening');
  expect(lines).toEqual([
    { level: 'warn', component: 'http', org: 'acme', traceId: 'a1', code: 'x', msg: 'refused' },
    { level: 'info', component: 'http', msg: 'listening' },
  ]);
});

test('a level can be changed while loggers are in use, for all and for one component', () => {
  const { lines, thresholds, log } = recordedLog();
  const http = log.child({ component: 'http' });
  const request = http.child({ traceId: 'a1' });
  for (const one of [log, http, request]) one.debug({}, 'details');
  expect(lines).toEqual([]);
  thresholds.set('info', { http: 'debug' });
  for (const one of [log, http, request]) one.debug({}, 'details');
  expect(lines).toMatchObject([{ component: 'http' }, { component: 'http', traceId: 'a1' }]);
  thresholds.set('error', {});
  http.warn({}, 'kept back');
  expect(lines).toHaveLength(2);
  http.error({}, 'written');
  expect(lines).toHaveLength(3);
  expect([request.isOn('warn'), request.isOn('error')]).toEqual([false, true]);
});
