// A log that is larger than an agent could print in the time of a benchmark, stored as the hub stores what agents print.

import { join } from 'node:path';
import { shardNames } from '@agentcom/hub/jetstream/names';
import { defaultStreamSettings } from '@agentcom/hub/jetstream/streams';
import { ownCredentials, serverFiles } from '@agentcom/hub/nats/server-files';
import { OutputStream } from '@agentcom/hub/output/output-stream';
import type { Attempt, Piece } from '@agentcom/hub/output/stored';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from 'nats';
import type { Hub } from '../support/hub.js';

const PIECE_LINES = 280;
const BATCH_PIECES = 4;
const AT_ONCE = 8;
/** Stands in one line of a thousand. */
export const RARE = 'deadlock';
const COLOURS = ['\u001b[32mok\u001b[0m', '\u001b[33mwarn\u001b[0m', '\u001b[2mdebug\u001b[0m', 'info'];

/** Answers with how many lines it has. */
export async function storeLog(hub: Hub, attempt: Attempt, bytes: number): Promise<number> {
  const { user, password: pass } = await ownCredentials(serverFiles(join(hub.dataDir, 'nats')));
  const connection = await connect({ servers: hub.nats, user, pass });
  try {
    const names = shardNames(defaultStreamSettings.namespace, 0);
    const stream = new OutputStream(jetstream(connection), await jetstreamManager(connection), names);
    let lines = 0;
    let written = 0;
    let seq = 0;
    const under = new Set<Promise<void>>();
    while (written < bytes) {
      const pieces: Piece[] = [];
      for (let i = 0; i < BATCH_PIECES; i++) {
        const data = Array.from({ length: PIECE_LINES }, () => lineOf(++lines)).join('');
        written += data.length;
        pieces.push({ outputSeq: ++seq, stream: 'agent', at: Date.now(), data });
      }
      const appended = stream.append(attempt, { id: `log-${attempt.task}-${seq}`, pieces, bytes: 0 });
      // In order: each waits for its turn at the server, which takes them as they come.
      under.add(appended);
      void appended.finally(() => under.delete(appended)).catch(() => undefined);
      if (under.size >= AT_ONCE) await Promise.race(under);
    }
    await Promise.all(under);
    return lines;
  } finally {
    await connection.close();
  }
}

/** About 115 letters, as builds print them. */
function lineOf(n: number): string {
  const rare = n % 1000 === 0 ? RARE : 'step';
  return `2026-11-30T12:00:00.${String(n % 1000).padStart(3, '0')}Z ${COLOURS[n % 4]} src/module-${n % 97}/part-${n % 1013}.ts ${rare} ${n} took ${n % 311} ms and changed nothing\n`;
}
