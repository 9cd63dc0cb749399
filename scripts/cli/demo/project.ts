// The repository that the demonstration works on: a small program whose check fails, and a bare origin that holds it.

import { execFile } from 'node:child_process';
import { access, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeDirectories } from '@agentcom/schemas/host';

export const PROGRAM_FILE = 'words.mjs';
export const CHECK_FILE = 'check.mjs';
export const FAULT = "text.split(' ').length";
export const FIX = "text.split(/\\s+/).filter((word) => word !== '').length";
export const BASE = 'main';

const FILES: Readonly<Record<string, string>> = {
  'README.md': `# words

Counts the words of a text:

    echo "one two three" | node ${PROGRAM_FILE}

\`node ${CHECK_FILE}\` checks it.
`,
  [PROGRAM_FILE]: `import { text as read } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

export function countWords(text) {
  return ${FAULT};
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(countWords(await read(process.stdin)));
}
`,
  [CHECK_FILE]: `import assert from 'node:assert/strict';
import { countWords } from './${PROGRAM_FILE}';

assert.equal(countWords('one two three'), 3);
assert.equal(countWords('two  spaces'), 2, 'two spaces are one gap');
assert.equal(countWords(' around it '), 2, 'spaces around a text are not words');
assert.equal(countWords(''), 0, 'an empty text has no words');
console.log('all checks pass');
`,
};

export const TASK = {
  title: 'Make the word count right',
  prompt: `\`node ${CHECK_FILE}\` fails: texts with more than one space in a row, and empty texts, are counted wrong.
Change ${PROGRAM_FILE} so that the check passes, and commit.
`,
} as const;

const GIT_TIMEOUT_MS = 30_000;
const AUTHOR = { name: 'AgentCom demonstration', email: 'demo@agentcom.invalid' } as const;

/** Runs git on its own, without the user's configuration; its output without the last line end. */
export async function git(env: Readonly<Record<string, string | undefined>>, args: readonly string[]): Promise<string> {
  const own = {
    PATH: env.PATH,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: AUTHOR.name,
    GIT_AUTHOR_EMAIL: AUTHOR.email,
    GIT_COMMITTER_NAME: AUTHOR.name,
    GIT_COMMITTER_EMAIL: AUTHOR.email,
  };
  const { stdout } = await promisify(execFile)('git', args, { env: own, timeout: GIT_TIMEOUT_MS });
  return stdout.trimEnd();
}

/** Makes the bare repository at `origin`, complete or not at all, unless it is there. */
export async function ensureOrigin(env: Readonly<Record<string, string | undefined>>, origin: string): Promise<void> {
  if (await exists(origin)) return;
  const parent = dirname(origin);
  await makeDirectories(parent, 0o700);
  const building = await mkdtemp(join(parent, '.building-'));
  try {
    const work = join(building, 'work');
    const bare = join(building, 'origin.git');
    await git(env, ['init', '--quiet', `--initial-branch=${BASE}`, work]);
    for (const [name, content] of Object.entries(FILES)) await writeFile(join(work, name), content);
    await git(env, ['-C', work, 'add', '--all']);
    await git(env, ['-C', work, 'commit', '--quiet', '--message', 'Count the words of a text']);
    await git(env, ['clone', '--quiet', '--bare', work, bare]);
    await git(env, ['--git-dir', bare, 'remote', 'remove', 'origin']);
    await rename(bare, origin);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
