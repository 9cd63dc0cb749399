import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findExecutable, lastLines, programFolders, run } from './run.mjs';
import { program, temporaryFolder } from './testing.js';

describe('a program', () => {
  it('gives back its output and exit code', async () => {
    const path = program(temporaryFolder(), 'p', 'echo "$1"; echo "$2" >&2; exit 3');
    expect(await run(path, ['a; b', '$HOME'])).toEqual({ code: 3, stdout: 'a; b\n', stderr: '$HOME\n' });
  });

  it('that is not there is an outcome, not an exception', async () => {
    const outcome = await run(join(temporaryFolder(), 'nowhere'), []);
    expect(outcome.code).toBeNull();
    expect(outcome.stderr).toContain('ENOENT');
  });

  it('that does not end is ended', async () => {
    const path = program(temporaryFolder(), 'p', 'exec sleep 600');
    const outcome = await run(path, [], { timeoutMs: 50 });
    expect(outcome).toMatchObject({ code: null, stderr: `${path} did not finish within 0.05 s` });
  });

  it('is found in the first folder that has it, when it may be executed', async () => {
    const folder = temporaryFolder();
    const path = program(join(folder, 'b'), 'p', '');
    expect(await findExecutable('p', [join(folder, 'a'), join(folder, 'b')])).toBe(path);
    expect(await findExecutable('q', [folder])).toBeUndefined();
  });

  it('may also be where distributions put servers', () => {
    expect(programFolders({ PATH: '/bin::/usr/sbin' })).toEqual(['/bin', '/usr/sbin', '/usr/local/sbin']);
  });

  it('that failed is explained by its last words', () => {
    expect(lastLines('a\n\n b \nc\nd\n')).toBe('b | c | d');
    expect(lastLines('')).toBe('');
  });
});
