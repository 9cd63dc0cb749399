import { describe, expect, it } from 'vitest';
import { Refusal } from '../../core/refusal.js';
import { problemOf, retryAfterSeconds } from './problem.js';

describe('a problem document', () => {
  it('has the status of the catalogue, the code, the fields and the trace id', () => {
    const refusal = new Refusal('request.invalid', 'the body is not valid', [
      { path: '/title', message: 'is required' },
    ]);
    expect(problemOf(refusal, 't1')).toEqual({
      type: 'urn:agentcom:error:request.invalid',
      title: 'The request is not valid',
      status: 400,
      detail: 'the body is not valid',
      code: 'request.invalid',
      traceId: 't1',
      errors: [{ path: '/title', message: 'is required' }],
    });
  });

  it('says when to ask again whenever the hub is not available, even when the refusal does not', () => {
    expect(problemOf(new Refusal('hub.busy', 'full'), 't').retryAfterMs).toBe(1_000);
    expect(problemOf(new Refusal('hub.busy', 'full', [], 2_500), 't').retryAfterMs).toBe(2_500);
    expect(problemOf(new Refusal('task.not_found', 'gone'), 't').retryAfterMs).toBeUndefined();
  });

  it('names the leader to whom it is not, and nowhere else', () => {
    expect(problemOf(new Refusal('hub.not_leader', 'no'), 't', 'http://a:1').leader).toBe('http://a:1');
    expect(problemOf(new Refusal('hub.not_leader', 'no'), 't')).not.toHaveProperty('leader');
    expect(problemOf(new Refusal('hub.busy', 'full'), 't', 'http://a:1')).not.toHaveProperty('leader');
  });

  it('rounds Retry-After up to whole seconds', () => {
    expect([1, 1_000, 1_001].map(retryAfterSeconds)).toEqual(['1', '1', '2']);
  });
});
