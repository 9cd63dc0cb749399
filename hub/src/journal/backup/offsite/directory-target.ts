// Copies in a directory, which is made if need be. A copy appears under its name only when it is whole and on disk.

import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makePrivateDirectory, syncDirectory } from '@agentcom/schemas/host';
import type { OnProgress } from '../../worker-process.js';
import { isBackupName } from '../backup.js';
import { PARTIAL } from '../backup-file.js';
import type { OffSiteTarget } from './target.js';

export class DirectoryTarget implements OffSiteTarget {
  constructor(private readonly directory: string) {}

  async list(): Promise<readonly string[]> {
    await makePrivateDirectory(this.directory);
    return readdir(this.directory);
  }

  async put(file: string, name: string, onProgress: OnProgress): Promise<void> {
    await makePrivateDirectory(this.directory);
    const to = join(this.directory, name);
    const { size } = await stat(file);
    let copied = 0;
    const counting = new Transform({
      transform(bytes: Buffer, _encoding, done) {
        copied += bytes.length;
        onProgress(copied, size);
        done(null, bytes);
      },
    });
    try {
      const out = createWriteStream(`${to}${PARTIAL}`, { mode: 0o600, flush: true });
      await pipeline(createReadStream(file), counting, out);
      await rename(`${to}${PARTIAL}`, to);
    } catch (error) {
      await rm(`${to}${PARTIAL}`, { force: true });
      throw error;
    }
    await syncDirectory(this.directory);
  }

  remove(name: string): Promise<void> {
    return rm(join(this.directory, name), { force: true });
  }

  async removeUnfinished(beforeMs: number): Promise<void> {
    for (const name of await this.list()) {
      if (!name.endsWith(PARTIAL) || !isBackupName(name.slice(0, -PARTIAL.length))) continue;
      const file = join(this.directory, name);
      if ((await stat(file)).mtimeMs < beforeMs) await rm(file, { force: true });
    }
  }
}
