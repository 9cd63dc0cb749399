// The agent's key, read anew for every connection, since a rejoin replaces it.

import { codeOf, readBounded } from '@agentcom/schemas/host';

/** There is no key to work with: nothing but a new one helps. */
export class NoKey extends Error {
  constructor(file: string, why: string) {
    super(`the key file ${file} ${why}`);
    this.name = 'NoKey';
  }
}

/** The key as its file has it now; as it last was, while that cannot be read. Throws `NoKey` when it cannot be read at all. */
export function keyReader(file: string): () => string {
  let key = read(file);
  return () => {
    try {
      key = read(file);
    } catch {
      // A link that breaks is no reason to give up what runs; should the hub no longer take this key, it says so.
    }
    return key;
  };
}

function read(file: string): string {
  let text: string;
  try {
    text = readBounded(file).toString('utf8').trim();
  } catch (error) {
    throw new NoKey(file, `cannot be read (${codeOf(error) ?? String(error)})`);
  }
  if (text === '') throw new NoKey(file, 'is empty');
  return text;
}
