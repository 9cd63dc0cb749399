import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptReport, program, temporaryFolder } from './testing.js';
import { build, checkGit, checkNode, installPackages, isInstalled, npmReason } from './workspace.mjs';

describe('Node', () => {
  it('is refused below 20.19, with the remedy in the same line', () => {
    expect(() => checkNode('20.19.0')).not.toThrow();
    expect(() => checkNode('24.1.0')).not.toThrow();
    expect(() => checkNode('20.18.3')).toThrow(/Node 20\.18\.3 is too old.*20\.19\.0 or newer.*Install/);
    expect(() => checkNode('18.20.8')).toThrow('too old');
  });
});

describe('git', () => {
  it('is needed, and not an old one', async () => {
    const folder = temporaryFolder();
    await expect(checkGit({ PATH: folder })).rejects.toThrow(/git does not run\. Install git/);
    program(folder, 'git', 'echo git version 2.20.1');
    await expect(checkGit({ PATH: folder })).rejects.toThrow(/git 2\.20\.1 is too old\. Install git/);
    program(folder, 'git', 'echo git version 2.39.5');
    await expect(checkGit({ PATH: folder })).resolves.toBeUndefined();
  });
});

describe('the packages', () => {
  const wanted = {
    packages: {
      '': {},
      hub: { version: '0.1.0' },
      'node_modules/@agentcom/hub': { link: true },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/only-on-macos': { version: '2.0.0', optional: true },
    },
  };
  const installed = {
    packages: {
      hub: { version: '0.1.0' },
      'node_modules/@agentcom/hub': { link: true },
      'node_modules/a': { version: '1.0.0' },
    },
  };

  it('are there when each that is not optional has the locked version', () => {
    expect(isInstalled(wanted, installed)).toBe(true);
  });

  it.each([
    ['nothing is installed', {}],
    ['one is missing', { packages: { 'node_modules/@agentcom/hub': { link: true } } }],
    ['one has another version', { packages: { ...installed.packages, 'node_modules/a': { version: '1.0.1' } } }],
    ['a workspace is not linked', { packages: { 'node_modules/a': { version: '1.0.0' } } }],
  ])('are not there when %s', (_what, lock) => {
    expect(isInstalled(wanted, lock)).toBe(false);
  });

  it('are installed once, and again when the lock has changed', async () => {
    const root = temporaryFolder();
    const { report } = keptReport();
    const bin = join(root, 'bin');
    // Does as npm does: copies the lock to where it records what is installed.
    program(
      bin,
      'npm',
      'echo "$*" >> calls; mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json',
    );
    const env = { PATH: `${bin}:/bin:/usr/bin` };
    const calls = () => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(wanted));

    await installPackages(root, { env, report });
    await installPackages(root, { env, report });
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(/^ci /);

    writeFileSync(
      join(root, 'package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { version: '3.0.0' } } }),
    );
    await installPackages(root, { env, report });
    expect(calls()).toHaveLength(2);
  });

  it('that cannot be installed end in one line with the reason and the remedy', async () => {
    const root = temporaryFolder();
    const bin = join(root, 'bin');
    program(bin, 'npm', 'echo "npm error code ENOTFOUND" >&2; exit 1');
    const attempt = installPackages(root, { env: { PATH: `${bin}:/bin:/usr/bin` }, report: keptReport().report });
    await expect(attempt).rejects.toThrow(/^npm ci failed: code ENOTFOUND\. Check .*run this again\.$/);
  });

  it('that fail to install are explained by the first errors of npm, not by its advice', () => {
    const stderr =
      'npm notice New version!\nnpm error code EUSAGE\nnpm error\nnpm error not in sync\nnpm error a\nnpm error A complete log\n';
    expect(npmReason(stderr)).toBe('code EUSAGE | not in sync | a');
    expect(npmReason('spawn npm ENOENT')).toBe('spawn npm ENOENT');
  });
});

describe('the build', () => {
  function repository(compiler: string): string {
    const root = temporaryFolder();
    mkdirSync(join(root, 'node_modules', 'typescript', 'bin'), { recursive: true });
    writeFileSync(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), compiler);
    return root;
  }

  it('runs the compiler over the whole repository', async () => {
    const root = repository("require('node:fs').writeFileSync('arguments', process.argv.slice(2).join(' '));");
    await build(root, { env: process.env, report: keptReport().report });
    expect(readFileSync(join(root, 'arguments'), 'utf8')).toBe('--build');
  });

  it('that fails shows what the compiler said', async () => {
    const root = repository("console.log('hub/src/a.ts(1,1): error TS1005'); process.exit(1);");
    await expect(build(root, { env: process.env, report: keptReport().report })).rejects.toThrow(
      /the build failed;.*\nhub\/src\/a\.ts\(1,1\): error TS1005/,
    );
  });
});
