import type { LogSubject } from '@agentcom/schemas';
import { recordedLog } from '@agentcom/schemas/log-testing';
import { expect, test } from 'vitest';
import { attemptSubject, followingLog } from './following-log.js';

test('each line is about what is in hand when it is written', () => {
  const { lines, log } = recordedLog();
  let held: { task: string; generation: number } | undefined;
  let home: LogSubject | undefined;
  const whole = followingLog(log, () => home);
  const git = followingLog(
    whole.child({ component: 'git' }),
    attemptSubject(() => held),
  );
  git.warn({}, 'before');
  home = { org: 'acme' };
  held = { task: 't1', generation: 1 };
  git.warn({}, 'first');
  held = { task: 't1', generation: 2 };
  git.warn({}, 'second');
  held = undefined;
  git.warn({}, 'after');
  expect(lines).toEqual([
    { level: 'warn', component: 'git', msg: 'before' },
    { level: 'warn', component: 'git', org: 'acme', taskId: 't1', generation: 1, msg: 'first' },
    { level: 'warn', component: 'git', org: 'acme', taskId: 't1', generation: 2, msg: 'second' },
    { level: 'warn', component: 'git', org: 'acme', msg: 'after' },
  ]);
});
