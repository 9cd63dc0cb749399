import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { candidates, SCRIPTS } from './completion.js';
import { COMMANDS, runCommandLine } from './program.js';
import { temporaryDir, testWorld } from './testing.js';

const complete = (...words: readonly string[]) => candidates(testWorld(), COMMANDS, words);

describe('completion', () => {
  it.each([
    [['ta'], ['task']],
    [['task', 'lo'], ['logs']],
    [['--hub', 'http://x', 'task', 'wh'], ['why']],
    [['task', 'list', '--sta'], ['--state']],
    [['task', 'list', '--key'], ['--key-file']],
    [['submit', 't', '--lane', 'u'], ['urgent']],
    [['submit', '--prompt', 'task', '--lan'], ['--lane']],
    [['help', 'agen'], ['agent']],
    [['task', 'show', 'x'], []],
    [
      ['message', ''],
      ['send', 'list'],
    ],
    [['channel', 'h'], ['history']],
    [['nothing', 'x'], []],
    [['task', 'list', 'stat'], ['state:']],
    [
      ['task', 'list', 'state:w'],
      ['state:waiting', 'state:working'],
    ],
    [['task', 'list', "'lane:low cau"], ['lane:low cause:']],
    [['dead', 'list', 'stat'], []],
    [['agent', 'list', 'is:dr'], ['is:draining']],
    [['task', 'list', '--sta'], ['--state']],
  ])('of %j is %j', async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });

  it('of nothing names every command', async () => {
    const found = await complete('');
    for (const { name } of COMMANDS) expect(found).toContain(name);
  });

  it('is printed one word a line', async () => {
    const world = testWorld();
    await runCommandLine(world, ['completion', 'words', '--', 'task', 'c']);
    expect(world.out()).toBe('cancel\ncheckout\ncomment\n');
  });

  it('works in bash, with words that have spaces in them', async () => {
    const dir = await temporaryDir();
    try {
      const program = join(dir.path, 'agentcom');
      await writeFile(program, '#!/bin/sh\nshift 3\nprintf "%s\\n" "$#" "$@"\n');
      await chmod(program, 0o755);
      const script = `${SCRIPTS.bash}\nCOMP_WORDS=(agentcom submit "a b" --la); COMP_CWORD=3; _agentcom; printf '%s|' "\${COMPREPLY[@]}"`;
      const { stdout } = await promisify(execFile)('bash', ['-c', script], {
        env: { PATH: `${dir.path}:${process.env.PATH}` },
      });
      expect(stdout).toBe('3|submit|a b|--la|');
    } finally {
      await dir.remove();
    }
  });
});
