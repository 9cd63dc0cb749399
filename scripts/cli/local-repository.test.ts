import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from './demo/project.js';
import { EXIT } from './exit.js';
import { schemaHub } from './fixture.js';
import { runCommandLine } from './program.js';
import { KEY, type TestHub, temporaryDir, testWorld } from './testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let repo: string;
let hub: TestHub;

beforeEach(async () => {
  dir = await temporaryDir();
  repo = join(dir.path, 'my shop');
  await git(process.env, ['init', '--quiet', '--initial-branch=main', repo]);
  hub = await schemaHub();
});
afterEach(async () => {
  await hub.stop();
  await dir.remove();
});

const run = (...args: readonly string[]) => git(process.env, ['-C', repo, ...args]);
const commit = () => run('commit', '--quiet', '--allow-empty', '--message', 'Begin');

async function submit(given: string, cwd = repo, ...more: readonly string[]) {
  const env = { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url, PATH: process.env.PATH ?? '' };
  const world = { ...testWorld({ env, home: dir.path }), cwd };
  const exit = await runCommandLine(world, ['submit', 't', '--prompt', 'p', '--repo', given, ...more]);
  const sent = hub.received.find(({ method }) => method === 'POST')?.body as { repo?: { url: string } } | undefined;
  return { exit, err: world.err(), url: sent?.repo?.url };
}

describe('--repo', () => {
  it('of a folder means the whole repository, which is said', async () => {
    await commit();
    await mkdir(join(repo, 'src'));
    const { exit, err, url } = await submit('.', join(repo, 'src'));
    expect([exit, url]).toEqual([EXIT.done, pathToFileURL(repo).href]);
    expect(err).toContain('gets the whole repository');
  });

  it.each([
    ['a name without a slash', () => 'my shop', () => dir.path],
    ['a path from home', () => '~/my shop', () => '/'],
    ['a file address', () => pathToFileURL(repo).href, () => '/'],
  ])('takes %s', async (_what, given, cwd) => {
    await commit();
    const { exit, url, err } = await submit(given(), cwd());
    expect([exit, url]).toEqual([EXIT.done, pathToFileURL(repo).href]);
    expect(err).not.toContain('whole repository');
  });

  it('takes a bare repository', async () => {
    await commit();
    const bare = join(dir.path, 'bare.git');
    await git(process.env, ['clone', '--quiet', '--bare', repo, bare]);
    expect(await submit(bare)).toMatchObject({ exit: EXIT.done, url: pathToFileURL(bare).href });
  });

  it('takes an address of elsewhere as it is', async () => {
    expect(await submit('https://example.org/shop.git')).toMatchObject({
      url: 'https://example.org/shop.git',
      err: '',
    });
  });

  it.each([
    ['a folder that is in no repository', () => dir.path, 'is not in a git repository'],
    ['a folder that does not exist', () => './nope', 'directory ./nope not found'],
    ['a file', () => './file', 'is not a directory'],
    ['a repository without a commit', () => '.', 'has no commit'],
    ['the folder of git itself', () => './.git', 'inside a .git folder'],
  ])('refuses %s before anything is submitted', async (_what, given, said) => {
    await writeFile(join(repo, 'file'), '');
    const { exit, err, url } = await submit(given());
    expect([exit, url]).toEqual([EXIT.usage, undefined]);
    expect(err).toContain(said);
  });

  it('refuses a detached HEAD unless the branch is named', async () => {
    await commit();
    await run('checkout', '--quiet', '--detach');
    expect((await submit('.')).err).toContain('not on a branch');
    expect((await submit('.', repo, '--base', 'main')).exit).toBe(EXIT.done);
  });

  it('refuses a base that the repository does not have', async () => {
    await commit();
    const { exit, err } = await submit('.', repo, '--base', 'dev');
    expect(exit).toBe(EXIT.usage);
    expect(err).toContain('no branch dev');
  });

  it('warns of changes that are not committed', async () => {
    await commit();
    await writeFile(join(repo, 'new'), '');
    const { exit, err } = await submit('.');
    expect(exit).toBe(EXIT.done);
    expect(err).toContain('1 uncommitted change');
  });

  it('warns that other machines cannot fetch it, and says what they could', async () => {
    await commit();
    await run('remote', 'add', 'origin', 'git@example.org:shop.git');
    expect((await submit('.')).err).toContain('--repo git@example.org:shop.git');
  });

  it('does not look at another repository that the environment names', async () => {
    await commit();
    const env = { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url, PATH: process.env.PATH ?? '', GIT_DIR: '/nowhere' };
    const world = { ...testWorld({ env }), cwd: repo };
    expect(await runCommandLine(world, ['submit', 't', '--prompt', 'p', '--repo', '.'])).toBe(EXIT.done);
  });
});

it('a prompt file that is not text is refused', async () => {
  await writeFile(join(repo, 'latin1'), Buffer.from([0x63, 0x61, 0x66, 0xe9]));
  await writeFile(join(repo, 'binary'), Buffer.from('a\0b'));
  const env = { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url };
  for (const file of ['latin1', 'binary']) {
    const world = { ...testWorld({ env }), cwd: repo };
    expect(await runCommandLine(world, ['submit', 't', '--prompt-file', file])).toBe(EXIT.usage);
    expect(world.err()).toContain('is not text in UTF-8');
  }
  expect(hub.received).toEqual([]);
});

it('a prompt file that never ends is too large', async () => {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  expect(await runCommandLine(world, ['submit', 't', '--prompt-file', '/dev/zero'])).toBe(EXIT.failed);
  expect(world.err()).toContain('task.too_large');
  expect(hub.received).toEqual([]);
});
