import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findOrFetchTool } from './npm-tools.mjs';
import { keptReport, program, temporaryFolder } from './testing.js';

const { report } = keptReport();
const tool = { name: '@some/tool', version: '1.2.3', program: 'tool' };

/** An npm that installs a package whose program is not there before its own last step. */
function machine(version: string): { env: NodeJS.ProcessEnv; calls: string } {
  const folder = temporaryFolder();
  const calls = join(folder, 'calls');
  program(
    join(folder, 'bin'),
    'npm',
    `echo "$@" >> '${calls}'
package=node_modules/@some/tool
mkdir -p "$package" node_modules/.bin
echo '{"scripts":{"postinstall":"node ./finish.cjs"}}' > "$package/package.json"
cat > "$package/finish.cjs" <<'END'
require('node:fs').writeFileSync('../../.bin/tool', '#!/bin/sh\\necho "tool ${version}"\\n', { mode: 0o755 });
END`,
  );
  return { env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, AGENTCOM_CACHE_DIR: folder }, calls };
}

it('installs a tool once, without the scripts of others, and finishes it', async () => {
  const { env, calls } = machine('1.2.3');
  const path = await findOrFetchTool(tool, { env, report });
  expect(existsSync(path)).toBe(true);
  expect(path).toContain(join('agentcom', 'tool-some-tool-1.2.3'));
  expect(await findOrFetchTool(tool, { env, report })).toBe(path);
  expect(readFileSync(calls, 'utf8').trim().split('\n')).toEqual([
    expect.stringMatching(/^install .*--ignore-scripts .*@some\/tool@1\.2\.3$/),
  ]);
});

it('keeps nothing that is not the version that was asked for', async () => {
  const { env } = machine('1.2.4');
  await expect(findOrFetchTool(tool, { env, report })).rejects.toThrow(
    '@some/tool@1.2.3 was installed but does not start',
  );
});
