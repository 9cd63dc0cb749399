// Where the `agentcom` command is, as it was built.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, found from the sources of the tests as from their build. */
export const REPOSITORY = repositoryAbove(dirname(fileURLToPath(import.meta.url)));

export const CLI = join(REPOSITORY, 'scripts', 'dist', 'main.js');

function repositoryAbove(folder: string): string {
  if (existsSync(join(folder, 'package-lock.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error('these tests run only inside the repository');
  return repositoryAbove(above);
}
