import { BLANK_EXIT } from '@agentcom/sidecar/core/blank';
import type { Job } from '@agentcom/sidecar/core/job-model';
import { expect, it } from 'vitest';
import { jsonLog } from '../log.js';
import { LastProblem, taskFailure } from './test-failure.js';

function job(tail: string | null, code = 'agent.exit', message = 'the agent ended with exit code 128') {
  const failure = { class: 'permanent', code, message };
  const task = { repo: { url: 'file:///origin.git' } };
  return { task, failure, exit: tail === null ? null : { ...BLANK_EXIT, tail } } as unknown as Job & {
    failure: object;
  };
}

it('a test task that failed says what its agent printed last', () => {
  expect(taskFailure(job('fatal: not a git repository\n'))).toMatchObject({
    code: 'join.test_failed',
    message: 'the test task failed: agent.exit: the agent ended with exit code 128',
    remedy: 'The agent printed:\n  fatal: not a git repository',
  });
  const many = taskFailure(job(Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n')));
  expect(many.remedy).toMatch(/^The agent printed last:\n {2}line 40\n[\s\S]*\n {2}line 49$/);
});

it('and only the failure when the agent printed nothing or was not started', () => {
  expect(taskFailure(job(' \n')).remedy).toBeUndefined();
  expect(taskFailure(job(null)).remedy).toBeUndefined();
});

it('a program that was tested without a repository is said to have had none', () => {
  const { remedy } = taskFailure({ ...job('fatal: not a git repository\n'), task: {} as Job['task'] });
  expect(remedy).toMatch(/not a git repository\nThe test runs the program in an empty directory [\s\S]*--no-test/);
});

it('the newest problem in a log is told as text', () => {
  const problem = new LastProblem();
  const { log } = jsonLog('info', problem);
  log.info({}, 'started');
  expect(problem.text).toBeUndefined();
  log.warn({ err: new Error('connect ECONNREFUSED 127.0.0.1:1') }, 'cannot connect; retrying');
  log.info({}, 'waiting');
  expect(problem.text).toBe('cannot connect; retrying: connect ECONNREFUSED 127.0.0.1:1');
  log.error({}, 'takes no tasks: no git');
  expect(problem.text).toBe('takes no tasks: no git');
});
