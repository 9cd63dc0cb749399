import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SidecarSettings } from '@agentcom/schemas';
import { resolveSettings } from '@agentcom/schemas/settings';
import { compile } from '@agentcom/schemas/validate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeAgentFiles, unpushedWork } from './agent-files.js';
import { git } from './demo/project.js';
import { temporaryDir } from './testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;

beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(() => dir.remove());

function settings(repoRoot: string): SidecarSettings {
  const agent = join(dir.path, 'agent');
  const content = {
    hub: 'http://127.0.0.1:1',
    keyFile: join(agent, 'agent.key'),
    name: 'duly-noted',
    stateDir: join(agent, 'state'),
    repoRoot,
    runner: { argv: ['agent'] },
  };
  const resolved = resolveSettings('sidecar', { file: { name: 'test', content }, readFile: () => '' }, compile);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.details));
  return resolved.value;
}

/** An agent with a key, a configuration, a held job, and two refs in a cached repository: its own salvage and another's. */
async function agentWith(repoRoot: string): Promise<{ config: string; mirror: string; agent: SidecarSettings }> {
  const agent = settings(repoRoot);
  const config = join(dir.path, 'agent', 'sidecar.toml');
  await mkdir(join(agent.stateDir, 'jobs', 'task-g1'), { recursive: true });
  await mkdir(join(repoRoot, 'work', 'duly-noted', 'task-g1'), { recursive: true });
  await writeFile(agent.keyFile, 'key');
  await writeFile(config, '');
  const mirror = join(repoRoot, 'mirrors', 'words-1.git');
  await git(process.env, ['init', '--quiet', '--bare', mirror]);
  const tree = await git(process.env, ['--git-dir', mirror, 'hash-object', '-w', '-t', 'tree', '/dev/null']);
  const commit = await git(process.env, ['--git-dir', mirror, 'commit-tree', '-m', 'kept', tree]);
  for (const name of ['duly-noted', 'somebody-else']) {
    await git(process.env, ['--git-dir', mirror, 'update-ref', `refs/agentcom/salvage/${name}/abc-g1`, commit]);
  }
  return { config, mirror, agent };
}

describe('unpushed work', () => {
  it('is held jobs and the salvage of this agent, not of others', async () => {
    const { agent, mirror } = await agentWith(join(dir.path, 'agent', 'repos'));
    expect(await unpushedWork(agent)).toEqual([
      { what: 'job', where: join(agent.stateDir, 'jobs', 'task-g1') },
      { what: 'salvaged', where: `${mirror} refs/agentcom/salvage/duly-noted/abc-g1` },
    ]);
  });

  it('is nothing where nothing ever ran', async () => {
    expect(await unpushedWork(settings(join(dir.path, 'nowhere')))).toEqual([]);
  });
});

describe('leaving', () => {
  it('leaves nothing of an agent that has everything in its own directory', async () => {
    const { agent, config } = await agentWith(join(dir.path, 'agent', 'repos'));
    await removeAgentFiles(config, agent);
    expect(await readdir(dir.path)).toEqual([]);
  });

  it('leaves repositories that others may use, with the work of others in them', async () => {
    const { agent, config, mirror } = await agentWith(join(dir.path, 'shared'));
    await removeAgentFiles(config, agent);
    const refs = await git(process.env, ['--git-dir', mirror, 'for-each-ref', '--format=%(refname)']);
    expect(refs).toBe('refs/agentcom/salvage/somebody-else/abc-g1');
    expect(existsSync(join(dir.path, 'shared', 'work'))).toBe(false);
  });

  it('leaves files that neither join nor a sidecar made', async () => {
    const { agent, config } = await agentWith(join(dir.path, 'agent', 'repos'));
    await writeFile(join(agent.stateDir, 'mine'), 'keep');
    await removeAgentFiles(config, agent);
    expect(existsSync(join(agent.stateDir, 'mine'))).toBe(true);
  });
});
