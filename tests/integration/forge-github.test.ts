// Every call to GitHub is held against GitHub's published OpenAPI description.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobIn, WORKSPACE } from '@agentcom/sidecar/core/fixture';
import { Forges } from '@agentcom/sidecar/forge/forges';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GithubAnswer, type GithubApi, type GithubCall, startGithubApi } from '../support/github-api.js';

const TOKEN = 'a-token-for-the-test';
const never = new AbortController().signal;

let dir: string;
let api: GithubApi;
/** By operation; what is not here is answered with the description's example. */
let answers: Record<string, GithubAnswer | ((call: GithubCall) => GithubAnswer)>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-forge-'));
  await writeFile(join(dir, 'token'), `${TOKEN}\n`, { mode: 0o600 });
  answers = {};
  api = await startGithubApi((call) => {
    const chosen = answers[call.operation];
    if (chosen !== undefined) return typeof chosen === 'function' ? chosen(call) : chosen;
    switch (call.operation) {
      case 'pulls/list':
        return { status: 200, body: [] };
      case 'pulls/create':
        return { status: 201, body: api.example('pull-request') };
      case 'pulls/request-reviewers':
        return { status: 201, body: api.example('pull-request-review-request') };
      default:
        return { status: 200, body: api.example('label-items') };
    }
  });
});
afterEach(async () => {
  await api.stop();
  await rm(dir, { recursive: true, force: true });
});

function forges(more: Partial<Forges['settings']['pullRequest']> = {}, timeoutMs = 20_000): Forges {
  return new Forges({
    agent: 'tern',
    forges: [{ host: 'github.com', kind: 'github', apiUrl: api.url, tokenFile: join(dir, 'token') }],
    pullRequest: { draft: false, labels: ['bot'], reviewers: ['octocat', 'team:core'], ...more },
    timeoutMs,
  });
}

function job(url = 'git@github.com:octo-org/octo-repo.git') {
  if (WORKSPACE.kind !== 'git') throw new Error('the fixture works on a repository');
  return jobIn('requesting', { workspace: { ...WORKSPACE, url } });
}

const request = (of = forges()) => of.request(job(), never);
const operations = () => api.calls.map(({ operation }) => operation);

describe('a request at GitHub', () => {
  it('of an attempt that was given up is closed, with a comment', async () => {
    answers['pulls/list'] = { status: 200, body: api.example('pull-request-simple-items') };
    answers['pulls/update'] = { status: 200, body: api.example('pull-request') };
    answers['issues/create-comment'] = { status: 201, body: api.example('issue-comment') };
    expect(await forges().withdraw(job(), never)).toContain('/pull/1347');
    expect(operations()).toEqual(['pulls/list', 'pulls/update', 'issues/create-comment']);
    expect(api.calls[1]?.body).toEqual({ state: 'closed' });
    expect(api.faults).toEqual([]);
  });

  it('is opened with title, body, labels and reviewers', async () => {
    const url = 'https://github.com/octocat/Hello-World/pull/1347';
    expect(await request()).toEqual({ ok: true, value: { url, notes: [] } });
    expect(api.faults).toEqual([]);
    expect(operations()).toEqual(['pulls/list', 'pulls/create', 'issues/add-labels', 'pulls/request-reviewers']);
    expect(api.calls[0]?.query).toMatchObject({ state: 'open', head: `octo-org:${branch()}` });
    expect(api.calls[1]?.body).toMatchObject({ title: 'Mend the roof', head: branch(), base: 'main', draft: false });
    expect(api.calls[2]?.body).toEqual({ labels: ['agent:tern', 'lane:normal', 'bot'] });
    expect(api.calls[3]?.body).toEqual({ reviewers: ['octocat'], team_reviewers: ['core'] });
    expect(api.calls.every(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true);
  });

  it('that is open already is brought up to date, and no second one is opened', async () => {
    answers['pulls/list'] = { status: 200, body: api.example('pull-request-simple-items') };
    answers['pulls/update'] = { status: 200, body: api.example('pull-request') };
    expect(await request()).toMatchObject({ ok: true, value: { url: expect.stringContaining('/pull/1347') } });
    expect(operations().slice(0, 2)).toEqual(['pulls/list', 'pulls/update']);
    expect(operations()).not.toContain('pulls/create');
    expect(api.faults).toEqual([]);
  });

  it('that somebody opened in between is found and brought up to date', async () => {
    let listed = 0;
    answers['pulls/list'] = () => {
      listed += 1;
      return { status: 200, body: listed === 1 ? [] : api.example('pull-request-simple-items') };
    };
    answers['pulls/create'] = {
      status: 422,
      body: { message: 'Validation Failed', errors: [{ message: 'A pull request already exists' }] },
    };
    answers['pulls/update'] = { status: 200, body: api.example('pull-request') };
    expect(await request()).toMatchObject({ ok: true });
    expect(operations().slice(0, 4)).toEqual(['pulls/list', 'pulls/create', 'pulls/list', 'pulls/update']);
  });

  it('is no draft where there are none, and says so', async () => {
    answers['pulls/create'] = ({ body }) =>
      (body as { draft: boolean }).draft
        ? { status: 422, body: { message: 'Draft pull requests are not supported in this repository.' } }
        : { status: 201, body: api.example('pull-request') };
    const outcome = await request(forges({ draft: true }));
    expect(outcome).toMatchObject({ ok: true, value: { notes: [expect.stringContaining('not a draft')] } });
    expect(api.faults).toEqual([]);
  });

  it('stands also without reviewers that GitHub refuses, and says so', async () => {
    answers['pulls/request-reviewers'] = {
      status: 422,
      body: { message: 'Reviews may only be requested from collaborators.' },
    };
    const outcome = await request();
    expect(outcome).toMatchObject({
      ok: true,
      value: { notes: [expect.stringContaining('only be requested from collaborators')] },
    });
  });
});

describe('a refusal', () => {
  it.each([
    ['a wrong token', { status: 401, body: { message: 'Bad credentials' } }, 'forge.unauthorized', 'permanent'],
    [
      'a token without the right',
      { status: 403, body: { message: 'Resource not accessible' } },
      'forge.forbidden',
      'permanent',
    ],
    [
      'the primary rate limit',
      {
        status: 403,
        body: { message: 'API rate limit exceeded' },
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9999999999' },
      },
      'forge.rate_limited',
      'transient',
    ],
    [
      'the secondary rate limit',
      { status: 403, body: { message: 'You have exceeded a secondary rate limit' }, headers: { 'retry-after': '60' } },
      'forge.rate_limited',
      'transient',
    ],
    ['a body it does not take', { status: 422, body: { message: 'Validation Failed' } }, 'forge.refused', 'permanent'],
    ['a failure of its own', { status: 502, body: { message: 'Server Error' } }, 'forge.failed', 'transient'],
  ] as const)('for %s is told apart, and says how to open the request by hand', async (_name, answer, code, kind) => {
    answers['pulls/create'] = answer;
    const outcome = await request();
    expect(outcome).toMatchObject({ ok: false, failure: { code, class: kind } });
    const message = outcome.ok ? '' : outcome.failure.message;
    expect(message).toContain('https://github.com/octo-org/octo-repo/compare/main...');
    expect(message).not.toContain(TOKEN);
  });

  it('for a repository that is not there says that the token may not see it', async () => {
    const outcome = await forges().request(job('https://github.com/octo-org/octo-repo/deeper.git'), never);
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'forge.not_found', class: 'permanent' } });
  });
});

function branch(): string {
  return WORKSPACE.kind === 'git' ? WORKSPACE.branch : '';
}
