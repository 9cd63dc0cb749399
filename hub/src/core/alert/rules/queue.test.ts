// Cases of the rules about tasks that wait.

import { expect, test } from 'vitest';
import { DAY, MINUTE, TestHub, testRules, times } from './fixture.js';

const SECOND = 1_000;

testRules({
  QueueWaitHigh: {
    before: (hub) => {
      hub.bench.join('a');
      hub.submit({ lane: 'urgent', needs: ['gpu'] });
      hub.drain('a');
      hub.submit({ lane: 'urgent' });
      hub.bench.wait(2 * MINUTE - SECOND);
    },
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'page',
    subjects: (hub) => hub.tasks.slice(1),
    why: /urgent lane has waited 2 min 1 s \(since 2023-11-14 22:13 UTC\), 1 s past the limit of 2 min\. The only agent that could take it is drained or held back\.$/,
  },
  QueueGrowing: {
    before: (hub) => times(19, () => hub.submit()),
    past: (hub) => void hub.submit(),
    severity: 'warn',
    subjects: () => ['normal'],
    why: /20 tasks are queued in the normal lane, 20 more than 15 min ago\. 20 arrived and none left it, past the limit of 1 h/,
  },
  QueueNotMoving: {
    before: (hub) => {
      hub.bench.join('a');
      hub.reject(hub.submit());
      hub.bench.wait(29 * SECOND);
    },
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'page',
    subjects: (hub) => [...hub.tasks, 'a'],
    count: 1,
    why: /agent a could have, and nothing has been assigned for 31 s .* 1 s past the limit of 30 s/,
  },
  NoCapableAgent: {
    before: (hub) => {
      hub.bench.join('a', ['docker', 'runner:codex']);
      hub.submit();
      hub.submit({ needs: ['docker'] });
    },
    past: (hub) => void hub.submit({ needs: ['docker'], runner: 'claude' }),
    severity: 'warn',
    subjects: (hub) => hub.tasks.slice(2),
    why: /1 task can go to no connected agent.* Wanted: docker \+ runner claude\.$/,
  },
  TaskStuck: {
    before: (hub) => {
      hub.bench.join('a');
      hub.begun('a');
      hub.bench.wait(10 * MINUTE - SECOND);
    },
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'warn',
    subjects: (hub) => hub.tasks,
    why: /Agent a has said nothing of task \S+ for 10 min 1 s .* 1 s past the limit of 10 min\. Its sidecar is connected/,
  },
  OfferUnanswered: {
    before: (hub) => {
      hub.bench.join('a');
      const task = hub.submit();
      times(2, () => {
        hub.reject(task);
        hub.bench.pass(30 * SECOND);
      });
    },
    past: (hub) => hub.reject(hub.tasks[0] ?? ''),
    severity: 'warn',
    subjects: () => ['a'],
    why: /Agent a did not accept 3 offers within 15 min \(limit 3\)/,
  },
  QuestionWaiting: {
    before: (hub) => {
      hub.bench.join('a');
      hub.bench.block(hub.begun('a'));
      hub.bench.wait(15 * MINUTE - SECOND);
    },
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'warn',
    subjects: (hub) => hub.tasks,
    why: /A question of agent a has waited 15 min 1 s .* 1 s past the limit of 15 min\. If nobody answers by .* the attempt fails/,
  },
  DeadLetters: {
    before: (hub) => {
      hub.bench.join('a');
      times(9, () => hub.failed('a'));
    },
    past: (hub) => void hub.failed('a'),
    severity: 'warn',
    subjects: (hub) => [...hub.tasks].reverse(),
    why: /^10 tasks died in the last 10 min \(limit 10\)\. Most often: it\.failed\.$/,
  },
  DeadLettersOld: {
    before: (hub) => {
      hub.bench.join('a');
      hub.failed('a');
      hub.bench.wait(DAY - SECOND);
    },
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'info',
    subjects: (hub) => hub.tasks,
    why: /left alone for 1 d \(since .*\), 1 s past the limit of 1 d/,
  },
  DeadParentBlocks: {
    before: (hub) => {
      for (const name of ['a', 'b']) hub.bench.join(name);
      hub.submit({ dependsOn: [hub.begun('a')] });
      hub.failed('b');
    },
    past: (hub) => hub.bench.fail(hub.tasks[0] ?? '', 'permanent'),
    severity: 'warn',
    subjects: (hub) => hub.tasks.slice(0, 1),
    why: /1 task waits for 1 dead task, the oldest dead for 0 ms/,
  },
});

test('QueueWaitHigh says what keeps those that could take the task', () => {
  const [hub, one] = [new TestHub(), new TestHub()];
  for (const { bench } of [hub, one]) bench.join('a');
  hub.bench.join('b');
  hub.begun('b');
  for (const each of [hub, one]) {
    each.drain('a');
    each.submit({ lane: 'urgent' });
    each.bench.wait(3 * MINUTE);
  }
  expect(one.found('QueueWaitHigh')?.why).toMatch(/The only agent that could take it is drained or held back\.$/);
  expect(hub.found('QueueWaitHigh')?.why).toMatch(/2 agents could take it: 1 busy, 1 drained or held back\.$/);
});

test('DeadLetters is over once all of them are requeued', () => {
  const hub = new TestHub();
  hub.bench.join('a');
  times(10, () => hub.failed('a'));
  expect(hub.found('DeadLetters')).toBeDefined();
  for (const task of hub.tasks) hub.bench.take({ type: 'dead.requeue', ...hub.bench.operator(task) });
  expect(hub.found('DeadLetters')).toBeUndefined();
});
