import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Refusal } from '../../core/refusal.js';
import { DashboardFiles } from './dashboard-files.js';
import type { RouteReply } from './handler.js';

const PERSON = { accept: 'text/html,*/*' };

let folder: string;
let files: DashboardFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentcom-dashboard-'));
  mkdirSync(join(folder, 'assets'));
  put('index.html', '<!doctype html>');
  put('icon.svg', '<svg/>');
  put('assets/index-abc.js', 'plain');
  put('assets/index-abc.js.br', 'brotli');
  put('assets/index-abc.js.gz', 'gzip');
  put('secret.txt', 'not of the dashboard');
  files = new DashboardFiles(folder);
});

afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

async function found(path: string, wants = {}): Promise<RouteReply & { readonly text: string }> {
  const reply = await files.find(path, wants);
  if (reply === undefined || reply instanceof Refusal) throw new Error(`${path} is not there`);
  return { ...reply, text: String(reply.body) };
}

test.each(['/tasks', '/tasks/019a-b', '/sign-in', '/a.b/c'])('a person who goes to %s gets the page', async (path) => {
  const { text, headers } = await found(path, PERSON);
  expect(text).toBe('<!doctype html>');
  expect(headers?.['cache-control']).toBe('no-cache');
});

test.each([
  ['/api/v1/nothing', PERSON],
  ['/api', PERSON],
  ['/ws/live', PERSON],
  ['/join/other', PERSON],
  ['/assets/old-123.js', PERSON],
  ['/tasks', { accept: 'application/json' }],
  ['/tasks', {}],
])('nothing stands in for what is missing at %s', async (path, wants) => {
  expect(await files.find(path, wants)).toBeUndefined();
});

test.each([
  '/secret.txt',
  '/../secret.svg',
  '/assets/../icon.svg',
  '/assets/%2e%2e/icon.svg',
  '/assets',
  '/.sources',
  '/assets/index-abc.js.br',
  '/index.html',
])('%s is no file of the dashboard', async (path) => {
  expect(await files.find(path, {})).toBeUndefined();
});

test('what has a hash in its name is good for ever, and comes as the browser takes it', async () => {
  const plain = await found('/assets/index-abc.js');
  expect(plain.text).toBe('plain');
  expect(plain.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
    vary: 'accept-encoding',
  });
  for (const [acceptEncoding, text] of [
    ['gzip, deflate, br', 'brotli'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', 'plain'],
    ['brx', 'plain'],
  ] as const) {
    expect((await found('/assets/index-abc.js', { acceptEncoding })).text).toBe(text);
  }
});

test('the page lets in what is its own and nothing else, and makes no markup of texts', async () => {
  const { headers } = (await files.page({})) as RouteReply;
  const policy = String(headers?.['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test('whoever has it already is told so', async () => {
  const { headers } = await found('/icon.svg');
  const again = await files.find('/icon.svg', { ifNoneMatch: headers?.etag as string });
  expect(again).toMatchObject({ status: 304 });
  expect(again).not.toHaveProperty('body');
});

test('a page that was built anew is served without a restart, with what it names', async () => {
  await files.page({});
  await found('/icon.svg');
  put('icon.svg', '<svg>new</svg>');
  put('index.html', '<!doctype html>new');
  utimesSync(join(folder, 'index.html'), new Date(), new Date(Date.now() + 5_000));
  expect(String(((await files.page({})) as RouteReply).body)).toBe('<!doctype html>new');
  expect((await found('/icon.svg')).text).toBe('<svg>new</svg>');
});

test('a hub without it says so', async () => {
  for (const none of [new DashboardFiles(undefined), new DashboardFiles(join(folder, 'assets'))]) {
    expect(await none.page({})).toMatchObject({ code: 'dashboard.not_built' });
    expect(await none.find('/tasks', PERSON)).toMatchObject({ code: 'dashboard.not_built' });
    expect(await none.find('/icon.svg', {})).toBeUndefined();
  }
});

test('the service worker may fetch what a page may, and nothing from elsewhere', async () => {
  put('service-worker.js', 'worker');
  const { headers } = await found('/service-worker.js');
  expect(headers).toMatchObject({
    'content-security-policy': "default-src 'none'; connect-src 'self'",
    'cache-control': 'no-cache',
  });
});
