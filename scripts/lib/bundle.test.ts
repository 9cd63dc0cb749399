import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildCommand } from './bundle.mjs';
import { keptReport, program, temporaryFolder } from './testing.js';

/** A repository whose esbuild is this script, but for the shim; `out` in it is where it was told to write. */
function repository(esbuild: string): string {
  const root = temporaryFolder();
  const bin = join(root, 'node_modules', '@esbuild', `${process.platform}-${process.arch}`, 'bin');
  const before = `
    const fs = require('node:fs');
    const path = require('node:path');
    const shim = process.argv.find((word) => word.startsWith('--outfile='))?.slice(10);
    if (shim !== undefined) {
      fs.mkdirSync(path.dirname(shim), { recursive: true });
      fs.writeFileSync(shim, 'the shim');
      process.exit();
    }
    const out = process.argv.find((word) => word.startsWith('--outdir=')).slice(9);`;
  const script = join(root, 'esbuild.cjs');
  writeFileSync(script, `${before}\n${esbuild}`);
  const runbooks = join(root, 'ops', 'docs', 'runbooks');
  mkdirSync(runbooks, { recursive: true });
  writeFileSync(join(runbooks, 'NoAgents.md'), 'a runbook');
  program(bin, 'esbuild', `exec '${process.execPath}' '${script}' "$@"`);
  return root;
}

const options = () => ({ env: process.env, report: keptReport().report });

describe('building the command', () => {
  const ESBUILD = `
    for (const folder of ['chunks', 'demo', 'workers/inner']) fs.mkdirSync(out + '/' + folder, { recursive: true });
    const name = fs.readFileSync('source', 'utf8');
    if (!process.argv.includes('--define:__AGENTCOM_SHIM__="the shim"')) throw new Error('the shim is missing');
    if (!process.argv.includes('--define:__AGENTCOM_RUNBOOKS__=' + JSON.stringify('{"NoAgents":"a runbook"}'))) throw new Error('the runbooks are missing');
    fs.writeFileSync(out + '/chunks/' + name, ''); fs.writeFileSync(out + '/main.js', name); fs.writeFileSync(out + '/demo/agent.js', name);
    fs.writeFileSync(out + '/workers/inner/worker.js', name);`;

  it('leaves the pieces that a running command may still load, and removes those of long ago', async () => {
    const root = repository(ESBUILD);
    const dist = join(root, 'scripts', 'dist');
    for (const name of ['first.js', 'second.js']) {
      writeFileSync(join(root, 'source'), name);
      await buildCommand(root, options());
    }
    expect(readdirSync(join(dist, 'chunks'))).toEqual(['first.js', 'second.js']);
    for (const made of ['main.js', 'demo/agent.js', 'workers/inner/worker.js'])
      expect(readFileSync(join(dist, made), 'utf8')).toBe('second.js');
    utimesSync(join(dist, 'chunks', 'first.js'), 0, 0);
    await buildCommand(root, options());
    expect(readdirSync(join(dist, 'chunks'))).toEqual(['second.js']);
    expect(readdirSync(dist).sort()).toEqual(['chunks', 'demo', 'main.js', 'workers']);
  });

  it('that fails shows what esbuild said, and leaves the command of before', async () => {
    const root = repository("console.error('x.ts:1:1: ERROR: no'); process.exit(1);");
    await expect(buildCommand(root, options())).rejects.toThrow(
      /^building the command failed;.*\nx\.ts:1:1: ERROR: no$/,
    );
    expect(existsSync(join(root, 'scripts', 'dist', 'main.js'))).toBe(false);
  });
});
