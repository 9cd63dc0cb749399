// Where a tool keeps what it signed in with: in a directory that a variable of its environment may name.

import { join } from 'node:path';
import type { Environment } from './environment.js';

export interface CredentialFile {
  /** Names the directory, or the file itself if `name` is ''. Every agent of the kind gets it. */
  readonly variable?: string;
  /** The directory without the variable, below the home directory. Undefined: then there is no such file. */
  readonly dir?: string;
  readonly name: string;
}

export interface CredentialPlace {
  readonly path: string;
  /** For people. */
  readonly shown: string;
  /** Without which the tool would look elsewhere. */
  readonly variable?: string;
}

/** Where a tool with this environment looks for these files. */
export function credentialPlaces(files: readonly CredentialFile[], env: Environment, home: string): CredentialPlace[] {
  return files.flatMap(({ variable, dir, name }): CredentialPlace[] => {
    const named = variable === undefined ? undefined : env[variable];
    if (variable !== undefined && named)
      return [{ path: join(named, name), shown: join(`$${variable}`, name), variable }];
    return dir === undefined ? [] : [{ path: join(home, dir, name), shown: join('~', dir, name) }];
  });
}
