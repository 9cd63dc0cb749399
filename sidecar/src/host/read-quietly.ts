import { readFileSync } from 'node:fs';

/** A file of the system's own; empty for what is not there, or not ours to read. */
export function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
