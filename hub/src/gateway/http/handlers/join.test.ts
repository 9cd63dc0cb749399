import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Refusal } from '../../../core/refusal.js';
import type { RouteReply, RouteRequest } from '../handler.js';
import { JoinFiles, type JoinParts } from '../join-files.js';
import { joinHandlers } from './join.js';

let directory: string;
let bundle: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentcom-join-'));
  bundle = join(directory, 'agentcom.mjs');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function handlersFor(join: JoinParts | undefined, publicUrl: string | undefined) {
  return joinHandlers({ files: new JoinFiles(join), publicUrl });
}

const script = (hubUrl: string, sha256: string) => `echo ${hubUrl} ${sha256.slice(0, 4)}\n`;

type AnyAsked = RouteRequest<'join'> & RouteRequest<'join.bundle'> & RouteRequest<'join.checksum'>;

function request(more: Partial<AnyAsked> = {}): AnyAsked {
  return { origin: 'http://hub.example:7700', address: '127.0.0.1', ...more } as AnyAsked;
}

async function answered(answer: Promise<RouteReply | Refusal> | RouteReply | Refusal): Promise<RouteReply> {
  const given = await answer;
  if (given instanceof Refusal) throw new Error(given.message);
  return given;
}

test('the program, its checksum and its tag are of the same bytes, also after it was built anew', async () => {
  const serve = handlersFor({ script, bundle }, undefined);
  for (const text of ['console.log(1)', 'console.log("longer")']) {
    await writeFile(bundle, text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const program = await answered(serve['join.bundle'](request()));
    expect(String(program.body)).toBe(text);
    expect(program.headers).toMatchObject({ etag: `"${sha256}"` });
    expect((await answered(serve['join.checksum'](request()))).body).toBe(`${sha256}  agentcom.mjs\n`);
    const again = await answered(serve['join.bundle'](request({ ifNoneMatch: `"${sha256}"` })));
    expect([again.status, again.body]).toEqual([304, undefined]);
  }
});

test('the script has the address by which the hub was reached, or its public one', async () => {
  await writeFile(bundle, '');
  const own = handlersFor({ script, bundle }, undefined);
  expect((await answered(own.join(request()))).body).toBe('echo http://hub.example:7700 e3b0\n');
  const told = handlersFor({ script, bundle }, 'https://hub.example/');
  expect((await answered(told.join(request()))).body).toBe('echo https://hub.example e3b0\n');
});

test.each([
  'http://a$(touch x)',
  'http://a`x`',
  "http://a'b",
  'http://a b',
  'http://a;b',
  'http://a\nb',
  'http://a:99999',
])('an address like %j never gets into the script', async (origin) => {
  await writeFile(bundle, '');
  const serve = handlersFor({ script, bundle }, undefined);
  expect(await serve.join(request({ origin }))).toMatchObject({ code: 'request.invalid' });
});

test('without the program there is no script either, and it says so', async () => {
  for (const parts of [undefined, { script, bundle }]) {
    const serve = handlersFor(parts, undefined);
    for (const name of ['join', 'join.bundle', 'join.checksum'] as const) {
      expect(await serve[name](request())).toMatchObject({ code: 'join.not_built' });
    }
  }
});
