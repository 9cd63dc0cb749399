// Finds what an agent tells of its progress among the lines it prints: `::agentcom {"progress":{"note":"…","fraction":0.5}}`.

import { StringDecoder } from 'node:string_decoder';

const PREFIX = '::agentcom ';
export const LINE_CHARS_MAX = 8 * 1024;

export class ProgressLines {
  readonly #decoder = new StringDecoder('utf8');
  #line = '';

  /** Takes the next piece of output; returns the message of the newest such line in it, unread, or undefined. */
  push(chunk: Buffer): string | undefined {
    const lines = (this.#line + this.#decoder.write(chunk)).split('\n');
    // What is longer is no message of ours; enough of it is kept to know that.
    this.#line = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX + 1);
    const newest = lines.findLast((line) => line.startsWith(PREFIX) && line.length <= LINE_CHARS_MAX);
    return newest?.slice(PREFIX.length);
  }
}
