import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const CONTAINER = ['--pid', '--mount-proc', '--fork', '--kill-child'];
const namespaces = [[], ['--map-root-user']].find(
  (more) => spawnSync('unshare', [...CONTAINER, ...more, 'true']).status === 0,
);

/** Leaves an orphan that ends, and says what is seen once it has. */
const PROGRAM = `
const { uncollectedOrphans } = await import(process.argv[1]);
const { spawnSync } = await import('node:child_process');
const { readFileSync } = await import('node:fs');
// It has the pipe too, which so comes to its end with it; the kernel then takes a moment to call it dead.
const pid = Number(spawnSync('sh', ['-c', 'sleep 0.05 & echo $!']).stdout);
const state = () => { try { return readFileSync('/proc/' + pid + '/stat', 'latin1'); } catch { return ') Z'; } };
while (!/\\) Z/.test(state()));
console.log(JSON.stringify(uncollectedOrphans() ?? null));
`;

function inside(...first: string[]): unknown {
  const module = join(String(process.env.TEST_BUILT_DIR), 'process-one.js');
  const node = [process.execPath, '--input-type=module', '-e', PROGRAM, module];
  const words = [...CONTAINER, ...(namespaces ?? []), ...first, ...node];
  return JSON.parse(execFileSync('unshare', words, { encoding: 'utf8' }));
}

test.runIf(namespaces !== undefined)(
  'as process 1 of a container Node leaves dead orphans, and they are counted',
  () => {
    expect(inside()).toEqual({ dead: 1 });
    expect(inside('sh', '-c', '"$@"; exit $?', 'sh')).toBeNull();
  },
);
