import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { shardNames } from '../jetstream/names.js';
import type { BackupInfo } from '../journal/backup/backup.js';
import { BackupKeeper, isDue } from './backups.js';

function backup(createdAt: number, label: BackupInfo['label']): BackupInfo {
  const head = { journal: 'j', seq: 1, hash: 'h' };
  return { file: `${label}-${createdAt}`, createdAt, bytes: 1, label, hubVersion: '1', head };
}

describe('the timed backup', () => {
  it('is due without one, when the newest is too old, and when the clock was set back behind it', () => {
    expect(isDue([], 100, 1_000)).toBe(true);
    expect(isDue([backup(900, 'daily')], 100, 999)).toBe(false);
    expect(isDue([backup(900, 'daily')], 100, 1_000)).toBe(true);
    expect(isDue([backup(2_000, 'daily')], 100, 1_000)).toBe(true);
  });

  it('is not put off by backups on demand', () => {
    expect(isDue([backup(990, 'demand'), backup(800, 'daily')], 100, 1_000)).toBe(true);
  });
});

describe('stopping', () => {
  it('ends a backup under way, however long its store takes to answer', async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    let held = 0;
    const keeper = new BackupKeeper({
      connection: { servers: `nats://127.0.0.1:${port}` },
      names: shardNames('main', 0),
      directory: '/nowhere',
      hubVersion: '1.0.0',
      everyMs: 1,
      keep: 1,
      holdErasures: () => {
        held++;
        return async () => void held--;
      },
      end: () => null,
      onDone: () => expect.fail(),
      onFailed: () => undefined,
    });
    const connected = once(silent, 'connection');
    const backup = keeper.create();
    const [socket] = (await connected) as [Socket];
    await keeper.stop();
    expect(await backup).toBeNull();
    expect(held).toBe(0);
    socket.destroy();
    silent.close();
  });
});
