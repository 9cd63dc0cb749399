import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubClient } from './client.js';
import { enrol, type JoinRequest } from './enrol.js';
import { type Reply, type TestHub, temporaryDir, testHub, testWorld } from './testing.js';

const ENROLLED: Reply = { status: 201, body: { agent: 'duly-noted', org: 'default', hub: 'http://elsewhere:1' } };

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let hub: TestHub | undefined;

beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(async () => {
  await hub?.stop();
  hub = undefined;
  await dir.remove();
});

async function hubThat(reply: (nth: number) => Reply): Promise<{ hub: TestHub; client: HubClient }> {
  hub = await testHub((_, nth) => reply(nth));
  return { hub, client: new HubClient({ hub: hub.url, env: {}, sleep: testWorld().sleep }) };
}

function request(changes: Partial<JoinRequest> = {}): JoinRequest {
  return {
    token: 'tok-1',
    capabilities: ['git'],
    host: 'host',
    os: 'Linux',
    config: { capabilities: ['git'], runner: { kind: 'command', argv: ['my-agent', '--flag'] } },
    place: { agentsDir: join(dir.path, 'agents') },
    ...changes,
  };
}

function hashesOf({ received }: TestHub): readonly string[] {
  return received.map(({ body }) => (body as { keyHash: string }).keyHash);
}

describe('joining', () => {
  it('leaves a key and a configuration that only their user can read', async () => {
    const { hub, client } = await hubThat(() => ENROLLED);
    const joined = await enrol(client, request());
    expect(joined).toMatchObject({ agent: 'duly-noted', dir: join(dir.path, 'agents', 'duly-noted') });
    for (const file of [joined.keyFile, joined.config]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(joined.dir)).mode & 0o777).toBe(0o700);
    const key = (await readFile(joined.keyFile, 'utf8')).trim();
    expect(key).toMatch(/^ac_[A-Za-z0-9_-]{43}$/);
    expect(hashesOf(hub)).toEqual([createHash('sha256').update(key).digest('hex')]);
    expect(parse(await readFile(joined.config, 'utf8'))).toEqual({
      hub: hub.url,
      keyFile: joined.keyFile,
      name: 'duly-noted',
      capabilities: ['git'],
      stateDir: join(joined.dir, 'state'),
      repoRoot: join(joined.dir, 'repos'),
      runner: { kind: 'command', argv: ['my-agent', '--flag'] },
    });
  });

  it('asks again with the same key when the answer was lost', async () => {
    const { hub, client } = await hubThat((nth) => (nth === 1 ? 'close' : ENROLLED));
    await enrol(client, request());
    const [first, second] = hashesOf(hub);
    expect(first).toBe(second);
  });

  it('finds its key again when the command itself had ended before the answer', async () => {
    const { hub, client } = await hubThat((nth) => (nth === 1 ? { status: 500, body: {} } : ENROLLED));
    await expect(enrol(client, request())).rejects.toThrow();
    await enrol(client, request());
    const [first, second] = hashesOf(hub);
    expect(first).toBe(second);
  });

  it('can be repeated for a named agent after it has succeeded', async () => {
    const { hub, client } = await hubThat(() => ENROLLED);
    const place = { dir: join(dir.path, 'agent') };
    const first = await enrol(client, request({ place }));
    expect(await enrol(client, request({ place }))).toEqual(first);
    expect(new Set(hashesOf(hub)).size).toBe(1);
  });

  it('makes another key for another token', async () => {
    const { hub, client } = await hubThat(() => ({ status: 500, body: {} }));
    await expect(enrol(client, request())).rejects.toThrow();
    await expect(enrol(client, request({ token: 'tok-2' }))).rejects.toThrow();
    expect(new Set(hashesOf(hub)).size).toBe(2);
  });

  it('does not overwrite another agent of the same name', async () => {
    const taken = join(dir.path, 'agents', 'duly-noted');
    await mkdir(taken, { recursive: true });
    await writeFile(join(taken, 'agent.key'), 'theirs');
    const { client } = await hubThat(() => ENROLLED);
    await expect(enrol(client, request())).rejects.toMatchObject({ code: 'join.directory_taken' });
    expect(await readFile(join(taken, 'agent.key'), 'utf8')).toBe('theirs');
  });

  it('refuses a name that would lead out of its directory', async () => {
    const { client } = await hubThat(() => ({ status: 201, body: { agent: '../../evil', org: 'default', hub: 'x' } }));
    await expect(enrol(client, request())).rejects.toMatchObject({ code: 'hub.not_a_hub' });
  });
});
