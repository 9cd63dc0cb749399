// GitLab and Gitea, against servers that keep requests as their documentation says; GitHub is held against its published description
// in tests/integration/forge-github.test.ts, and here only where what it keeps matters.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobIn, WORKSPACE } from '../core/fixture.js';
import type { ForgeKind } from '../core/pull-request.js';
import { type FakeForge, type ForgeAnswer, type ForgeCall, startFakeForge } from './fixture.js';
import { Forges } from './forges.js';

const never = new AbortController().signal;
const HOST = 'git.example.com';

let dir: string;
let forge: FakeForge;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-forge-'));
  await writeFile(join(dir, 'token'), 'secret-token\n', { mode: 0o600 });
});
afterEach(async () => {
  await forge?.stop();
  await rm(dir, { recursive: true, force: true });
});

function git() {
  if (WORKSPACE.kind !== 'git') throw new Error('the fixture works on a repository');
  return { ...WORKSPACE, url: `ssh://git@${HOST}:2222/team/sub/app.git` };
}

function forges(kind: ForgeKind, more: Partial<Forges['settings']['pullRequest']> = {}): Forges {
  return new Forges({
    agent: 'tern',
    forges: [{ host: HOST, kind, apiUrl: forge.url, tokenFile: join(dir, 'token') }],
    pullRequest: { draft: false, labels: [], reviewers: [], ...more },
  });
}

const job = () => jobIn('requesting', { workspace: git() });
const requested = (of: Forges) => of.request(job(), never);
const sent = (method: string, part: string) =>
  forge.calls.find((call) => call.method === method && call.path.includes(part))?.body;

/** Keeps requests in memory; `refuse` answers first when it wants to. */
function gitlab(refuse: (call: ForgeCall) => ForgeAnswer | undefined = () => undefined): Promise<FakeForge> {
  const kept: Record<string, unknown>[] = [];
  return startFakeForge((call) => {
    const refused = refuse(call);
    if (refused !== undefined) return refused;
    const { method, path, query, body } = call;
    if (path === '/users') return { status: 200, body: query.username === 'ada' ? [{ id: 7, username: 'ada' }] : [] };
    if (path === '/projects/team%2Fsub%2Fapp/merge_requests' && method === 'GET') {
      const listed = kept.filter(({ state }) => query.state === 'all' || state === query.state);
      return { status: 200, body: listed.filter((mr) => mr.source_branch === query.source_branch) };
    }
    if (path === '/projects/team%2Fsub%2Fapp/merge_requests' && method === 'POST') {
      const web_url = `https://${HOST}/team/sub/app/-/merge_requests/${kept.length + 1}`;
      kept.push({ ...(body as object), iid: kept.length + 1, web_url, state: 'opened' });
      return { status: 201, body: kept.at(-1) };
    }
    if (path === '/projects/team%2Fsub%2Fapp/merge_requests/1' && method === 'PUT') {
      const { state_event } = body as { state_event?: string };
      if (state_event !== undefined) Object.assign(kept[0] ?? {}, { state: STATE_AFTER[state_event] });
      return { status: 200, body: kept[0] };
    }
    if (path === '/projects/team%2Fsub%2Fapp/merge_requests/1/notes') return { status: 201, body: {} };
    return { status: 404, body: { message: '404 Project Not Found' } };
  });
}

const STATE_AFTER: Readonly<Record<string, string>> = { close: 'closed', merge: 'merged' };

/** Also as GitHub, as far as they are alike. */
function gitea(refuse: (call: ForgeCall) => ForgeAnswer | undefined = () => undefined): Promise<FakeForge> {
  const kept: Record<string, unknown>[] = [];
  const labels = [{ id: 1, name: 'lane:normal' }];
  return startFakeForge((call) => {
    const refused = refuse(call);
    if (refused !== undefined) return refused;
    const { method, path, query, body } = call;
    const fields = body as Record<string, unknown>;
    const root = '/repos/team/sub/app';
    if (path === `${root}/pulls` && method === 'GET') {
      const listed = kept.filter(({ state }) => state === query.state);
      return { status: 200, body: (query.page ?? '1') === '1' ? listed : [] };
    }
    if (path === `${root}/pulls` && method === 'POST') {
      if (kept.some((pull) => (pull.head as { ref: string }).ref === fields.head))
        return { status: 409, body: { message: 'exists' } };
      const html_url = `https://${HOST}/team/sub/app/pulls/1`;
      kept.push({ number: 1, html_url, head: { ref: fields.head }, base: { ref: fields.base }, state: 'open' });
      return { status: 201, body: kept[0] };
    }
    if (path === `${root}/pulls/1` && method === 'PATCH') {
      if (fields.state !== undefined) Object.assign(kept[0] ?? {}, { state: fields.state });
      return { status: 201, body: kept[0] };
    }
    if (path === `${root}/issues/1/comments`) return { status: 201, body: {} };
    if (path === `${root}/labels` && method === 'GET') return { status: 200, body: query.page === '1' ? labels : [] };
    if (path === `${root}/labels` && method === 'POST') {
      labels.push({ id: labels.length + 1, name: String(fields.name) });
      return { status: 201, body: labels.at(-1) };
    }
    if (path === `${root}/issues/1/labels` || path === `${root}/pulls/1/requested_reviewers`)
      return { status: 200, body: [] };
    return { status: 404, body: { message: 'not found' } };
  });
}

describe('the request of an attempt that was given up', () => {
  const places = [
    ['gitlab', gitlab, `https://${HOST}/team/sub/app/-/merge_requests/1`, 'notes'],
    ['gitea', gitea, `https://${HOST}/team/sub/app/pulls/1`, 'comments'],
    ['github', gitea, `https://${HOST}/team/sub/app/pulls/1`, 'comments'],
  ] as const;
  const changes = () => forge.calls.filter(({ method }) => method !== 'GET').length;

  it.each(places)('is closed at %s, with a comment that names the task', async (kind, start, url, comments) => {
    forge = await start();
    await requested(forges(kind));
    expect(await forges(kind).withdraw(job(), never)).toBe(url);
    expect(sent('POST', comments)).toEqual({ body: expect.stringContaining(job().task.id) });
  });

  it.each(places)('is named by %s when it was closed before, and not closed again', async (kind, start, url) => {
    forge = await start();
    await requested(forges(kind));
    await forges(kind).withdraw(job(), never);
    const before = changes();
    expect(await forges(kind).withdraw(job(), never)).toBe(url);
    expect(changes()).toBe(before);
  });

  it('is named, and left as it is, when it was merged meanwhile', async () => {
    forge = await gitlab();
    await requested(forges('gitlab'));
    const url = `${forge.url}/projects/team%2Fsub%2Fapp/merge_requests/1`;
    await fetch(url, { method: 'PUT', body: JSON.stringify({ state_event: 'merge' }) });
    const before = changes();
    expect(await forges('gitlab').withdraw(job(), never)).toMatch(/merge_requests\/1$/);
    expect(changes()).toBe(before);
  });

  it('that nobody opened is no fault', async () => {
    forge = await gitea();
    expect(await forges('gitea').withdraw(job(), never)).toBeNull();
    expect(forge.calls.map(({ method }) => method)).toEqual(['GET', 'GET'].slice(0, forge.calls.length));
  });

  it.each([403, 502])('is closed all the same when its comment is answered with %d', async (status) => {
    forge = await gitea(({ path }) => (path.endsWith('/comments') ? { status, body: {} } : undefined));
    await requested(forges('gitea'));
    expect(await forges('gitea').withdraw(job(), never)).toMatch(/pulls\/1$/);
  });
});

describe('GitLab', () => {
  it('gets one merge request for a branch, however often it is asked for', async () => {
    forge = await gitlab();
    const url = `https://${HOST}/team/sub/app/-/merge_requests/1`;
    expect(await requested(forges('gitlab'))).toEqual({ ok: true, value: { url, notes: [] } });
    expect(await requested(forges('gitlab'))).toEqual({ ok: true, value: { url, notes: [] } });
    expect(forge.calls.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'PUT']);
    expect(sent('POST', 'merge_requests')).toMatchObject({
      source_branch: git().branch,
      target_branch: 'main',
      labels: 'agent:tern,lane:normal',
    });
    expect(forge.calls[0]?.authorization).toBe('Bearer secret-token');
  });

  it('is told of drafts by the title, and of reviewers by their numbers', async () => {
    forge = await gitlab();
    const outcome = await requested(forges('gitlab', { draft: true, reviewers: ['ada', 'nobody'] }));
    expect(outcome).toMatchObject({ ok: true, value: { notes: [expect.stringContaining('nobody')] } });
    expect(sent('POST', 'merge_requests')).toMatchObject({ title: 'Draft: Mend the roof' });
    expect(sent('PUT', 'merge_requests/1')).toEqual({ reviewer_ids: [7] });
  });

  it('that has had one opened in between gets no second one', async () => {
    let lists = 0;
    forge = await gitlab(({ method, path }) => {
      if (!path.endsWith('merge_requests')) return undefined;
      if (method === 'POST') return { status: 409, body: { message: ['Another open merge request already exists'] } };
      lists += 1;
      return { status: 200, body: lists === 1 ? [] : [{ iid: 1, web_url: 'https://x.example/1' }] };
    });
    expect(await requested(forges('gitlab'))).toMatchObject({ ok: true, value: { url: 'https://x.example/1' } });
  });
});

describe('Gitea', () => {
  it('gets one pull request for a branch, with labels made where they are missing', async () => {
    forge = await gitea();
    const url = `https://${HOST}/team/sub/app/pulls/1`;
    expect(await requested(forges('gitea', { reviewers: ['ada'] }))).toEqual({ ok: true, value: { url, notes: [] } });
    expect(await requested(forges('gitea'))).toEqual({ ok: true, value: { url, notes: [] } });
    expect(forge.calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/pulls'))).toHaveLength(1);
    expect(sent('POST', '/issues/1/labels')).toEqual({ labels: [2, 1] });
    expect(sent('POST', '/requested_reviewers')).toEqual({ reviewers: ['ada'] });
    expect(forge.calls[0]?.authorization).toBe('token secret-token');
  });

  it('has drafts by the title', async () => {
    forge = await gitea();
    await requested(forges('gitea', { draft: true }));
    expect(sent('POST', '/pulls')).toMatchObject({ title: 'WIP: Mend the roof' });
  });

  it('that refuses labels still has the request, and the result says so', async () => {
    forge = await gitea(({ method, path }) =>
      method === 'POST' && path.endsWith('/labels') ? { status: 403 } : undefined,
    );
    const outcome = await requested(forges('gitea'));
    expect(outcome).toMatchObject({ ok: true, value: { notes: [expect.stringContaining('no labels')] } });
  });
});

describe.each(['gitlab', 'gitea'] as const)('%s', (kind) => {
  const start = kind === 'gitlab' ? gitlab : gitea;

  it.each([
    [401, 'forge.unauthorized'],
    [404, 'forge.not_found'],
    [429, 'forge.rate_limited'],
    [502, 'forge.failed'],
  ])('answering %i fails with %s and says how to open the request by hand', async (status, code) => {
    forge = await start(() => ({ status, body: { message: 'no' } }));
    const outcome = await requested(forges(kind));
    expect(outcome).toMatchObject({ ok: false, failure: { code } });
    const message = outcome.ok ? '' : outcome.failure.message;
    expect(message).toContain(`https://${HOST}/team/sub/app/`);
    expect(message).not.toContain('secret-token');
  });
});

describe('without a token', () => {
  const none = (url: string) => {
    const of = new Forges({ agent: 'tern', forges: [], pullRequest: { draft: false, labels: [], reviewers: [] } });
    return of.request(jobIn('requesting', { workspace: { ...git(), url } }), never);
  };

  it.each([
    ['https://github.com/a/b.git', 'https://github.com/a/b/compare/main...agentcom%2F'],
    ['git@gitlab.com:a/b.git', 'https://gitlab.com/a/b/-/merge_requests/new?'],
    ['https://codeberg.org/a/b', 'https://codeberg.org/a/b/compare/main...'],
    ['https://unknown.example/a/b.git', 'at unknown.example'],
  ])('nothing is called for %s, and the result says how to go on', async (url, part) => {
    const outcome = await none(url);
    expect(outcome).toMatchObject({ ok: true, value: { url: null, notes: [expect.stringContaining(part)] } });
  });

  it('nothing is said of a repository in a directory, where nobody opens requests', async () => {
    expect(await none('file:///srv/b.git')).toEqual({ ok: true, value: { url: null, notes: [] } });
  });

  it('that can be read the request fails for good, and names the file', async () => {
    forge = await gitea();
    await rm(join(dir, 'token'));
    const outcome = await requested(forges('gitea'));
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'forge.not_configured', class: 'permanent' } });
    expect(forge.calls).toEqual([]);
  });
});
