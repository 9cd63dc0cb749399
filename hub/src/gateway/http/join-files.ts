// What a machine that is to join fetches without a key: a program in one file, and the script that fetches and checks it. The invitation
// names the checksum of the script, and the script that of the program, so that both are held against what was said elsewhere.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isInTheClear } from '@agentcom/schemas/host/network/proxy';
import { Refusal } from '../../core/refusal.js';

export interface JoinParts {
  /** The script, for machines that reach the hub at this address, and the checksum of the program. */
  readonly script: (hubUrl: string, sha256: string) => string;
  /** The file with the program. */
  readonly bundle: string;
}

interface Bundle {
  readonly bytes: Buffer;
  readonly sha256: string;
  /** When the file was last changed, and its size: read again when they differ. */
  readonly mark: string;
}

export class JoinFiles {
  readonly #parts: JoinParts | undefined;
  #known: Bundle | undefined;

  /** Without parts, machines are told that there is nothing to fetch. */
  constructor(parts: JoinParts | undefined) {
    this.#parts = parts;
  }

  /** In memory, with the checksum of exactly these bytes. */
  async bundle(): Promise<Bundle | Refusal> {
    if (this.#parts === undefined) return notBuilt();
    const { bundle } = this.#parts;
    try {
      const { mtimeMs, size } = await stat(bundle);
      const mark = `${mtimeMs} ${size}`;
      if (this.#known?.mark !== mark) {
        const bytes = await readFile(bundle);
        this.#known = { bytes, sha256: sha256Of(bytes), mark };
      }
      return this.#known;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return notBuilt();
      throw error;
    }
  }

  async script(address: string): Promise<string | Refusal> {
    const bundle = await this.bundle();
    if (bundle instanceof Refusal) return bundle;
    return this.#parts === undefined ? notBuilt() : this.#parts.script(address, bundle.sha256);
  }

  /** The line to paste on the machine: flags of `agentcom join` may follow it. */
  async command(address: string, token: string): Promise<string> {
    const flags = isInTheClear(new URL(address)) ? ' --insecure' : '';
    const script = await this.script(address);
    // A machine that has the command already needs nothing from here.
    if (script instanceof Refusal) return `AGENTCOM_TOKEN=${token} agentcom join ${address}${flags}`;
    // A shell drops the line ends of what it keeps in a variable.
    const sum = sha256Of(script.replace(/\n+$/, ''));
    return `AGENTCOM_TOKEN=${token} sh -c '${FETCH_AND_CHECK}' ${address} ${sum}${flags}`;
  }
}

/** Of $0, the hub, and $1, the checksum of its script; in single quotes. The program that has the sum is named by the system. */
const FETCH_AND_CHECK = [
  's=$(curl -fsSL "$0/join") || exit',
  'printf %s "$s" | { sha256sum 2>/dev/null || shasum -a 256; } | grep -q "^$1" || { echo "error: the join script is not the one of this invitation; create a new invitation" >&2; exit 1; }',
  'shift',
  'printf "%s\\n" "$s" | sh -s -- "$@"',
].join('; ');

function sha256Of(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function notBuilt(): Refusal {
  return new Refusal('join.not_built', 'this hub has no join bundle to serve');
}
