import { describe, expect, it } from 'vitest';
import { jobIn, task, WORKSPACE } from './fixture.js';
import { pullRequest, type RequestSettings } from './pull-request.js';

const settings: RequestSettings = { agent: 'tern', draft: false, labels: [], reviewers: [], template: null };

function job(more: Parameters<typeof jobIn>[1] = {}) {
  return jobIn('requesting', { submitted: { summary: 'The roof is **tight**.' }, ...more });
}

describe('the text of a request', () => {
  it('tells of task, agent, summary, verification and cost', () => {
    const verification = [
      { command: 'npm test', exitCode: 0, seconds: 3.21, output: '' },
      { command: 'sh -c `x`', seconds: 1, output: '' },
    ];
    const usage = { costMicros: 420_000, currency: 'USD', inputTokens: 1000, outputTokens: 200 };
    const { title, body } = pullRequest(
      job({ verification, usage, task: task({ used: { costMicros: 80_000 } }) }),
      settings,
    );
    expect(title).toBe('Mend the roof');
    for (const part of [task().id, 'tern', 'The roof is **tight**.', '`npm test` passed in 3.2 s', '0.50 USD']) {
      expect(body).toContain(part);
    }
    expect(body).toContain('`` sh -c `x` `` failed (no exit code)');
  });

  it('comes from a template, in which unknown names stay as they are', () => {
    const template = 'By {{agent}} for {{ base }}: {{nothing}}';
    expect(pullRequest(job(), { ...settings, template }).body).toBe('By tern for main: {{nothing}}');
  });

  it('does not fill in what a summary holds', () => {
    const { body } = pullRequest(job({ submitted: { summary: '{{agent}}' } }), {
      ...settings,
      template: '{{summary}}',
    });
    expect(body).toBe('{{agent}}');
  });

  it('is cut to what GitHub takes', () => {
    const long = job({ submitted: { summary: 'x'.repeat(100_000) } });
    expect(pullRequest(long, settings).body.length).toBeLessThan(65_536);
  });
});

it('is labelled and reviewed by the wishes of the sidecar and of the repository together', () => {
  if (WORKSPACE.kind !== 'git') throw new Error('the fixture works on a repository');
  const own = { draft: true, labels: ['area:roof', 'bot'], reviewers: ['grace'] };
  const workspace = { ...WORKSPACE, settings: { ...WORKSPACE.settings, pullRequest: own } };
  const wanted = pullRequest(job({ workspace }), { ...settings, labels: ['bot'], reviewers: ['ada', 'grace'] });
  expect(wanted.labels).toEqual(['agent:tern', 'lane:normal', 'bot', 'area:roof']);
  expect(wanted.reviewers).toEqual(['ada', 'grace']);
  expect(wanted.draft).toBe(true);
});
