// A bare git repository that tasks work on, and what is in it.

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const GIT_TIMEOUT_MS = 60_000;
const IDENTITY = { name: 'Test', email: 'test@agentcom.invalid' };

export class Origin {
  private constructor(readonly dir: string) {}

  /** One that is there already. */
  static at(dir: string): Origin {
    return new Origin(dir);
  }

  /** With one commit on `main`, of these files. */
  static async make(dir: string, files: Readonly<Record<string, string>> = {}): Promise<Origin> {
    mkdirSync(dir, { recursive: true });
    const origin = new Origin(dir);
    await origin.git('init', '--quiet', '--bare', '--initial-branch=main', '.');
    for (const [name, content] of Object.entries(files)) {
      const file = join(dir, 'new-file');
      writeFileSync(file, content);
      const object = (await origin.git('hash-object', '-w', file)).trim();
      await origin.git('update-index', '--add', '--cacheinfo', `100644,${object},${name}`);
    }
    const tree = (await origin.git('write-tree')).trim();
    const commit = (await origin.git('commit-tree', '-m', 'Begin', tree)).trim();
    await origin.git('update-ref', 'refs/heads/main', commit);
    return origin;
  }

  get url(): string {
    return `file://${this.dir}`;
  }

  /** Commits by branch. */
  async branches(): Promise<Map<string, string>> {
    const lines = (await this.git('for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/heads'))
      .trim()
      .split('\n');
    return new Map(lines.map((line) => line.split(' ') as [string, string]));
  }

  /** The content of a file at a commit. */
  show(commit: string, file: string): Promise<string> {
    return this.git('show', `${commit}:${file}`);
  }

  async git(...args: string[]): Promise<string> {
    const env = {
      PATH: process.env.PATH,
      GIT_CONFIG_GLOBAL: '/dev/null',
      // It may belong to a user of the test.
      ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: IDENTITY.name,
      GIT_AUTHOR_EMAIL: IDENTITY.email,
      GIT_COMMITTER_NAME: IDENTITY.name,
      GIT_COMMITTER_EMAIL: IDENTITY.email,
    };
    const { stdout } = await promisify(execFile)('git', args, { cwd: this.dir, env, timeout: GIT_TIMEOUT_MS });
    return stdout;
  }
}
