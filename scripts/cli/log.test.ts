import { expect, test } from 'vitest';
import { jsonLog } from './log.js';
import { printable } from './text.js';

const host = 'h\u009b31m\u202ered\u0085';

test('what a machine calls itself reaches a terminal as text only, and a reader of JSON as it is', () => {
  let written = '';
  const logs = jsonLog('info', { write: (line) => (written += line) });
  logs.log.info({ host }, 'agent connected');
  logs.write(`{"host":"${host}"}\n`, false);
  expect(written).not.toMatch(/[\u0080-\u009f\u202e]/);
  expect(
    written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).host),
  ).toEqual([host, host]);
});

test('what is made pretty for a terminal has none of it', () => {
  let written = '';
  jsonLog('info', { write: (line) => (written += line) }, printable).log.info({ host }, 'agent connected');
  expect(JSON.parse(written)).toMatchObject({ host: 'h·31m·red·' });
});
