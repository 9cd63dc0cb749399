// A journal of each release, with every event that release knew. It must replay to the same state for ever: an event that changes its
// meaning breaks this test, and needs a new type instead.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recoverFrom } from './log/memory-journal.js';
import { stateHash } from './log/state-hash.js';

const directory = join(import.meta.dirname, 'golden');
const releases = readdirSync(directory).flatMap((name) => /^(.+)\.ndjson$/.exec(name)?.[1] ?? []);

describe('the journal of release', () => {
  it.each(releases)('%s replays to the state it had then', (release) => {
    const lines = readFileSync(join(directory, `${release}.ndjson`), 'utf8')
      .trimEnd()
      .split('\n');
    const recorded: unknown = JSON.parse(readFileSync(join(directory, `${release}.json`), 'utf8'));
    const { state, head } = recoverFrom(
      lines.map((line) => Buffer.from(line)),
      null,
      () => 'none',
    );
    expect({ seq: head.seq, stateHash: stateHash(state) }).toEqual(recorded);
  });
});
