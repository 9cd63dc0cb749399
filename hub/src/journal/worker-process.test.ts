// A worker as the process that it is.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('ends when whoever started it is gone, however long its work would wait', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const worker = join(String(process.env.TEST_BUILT_DIR), 'workers', 'snapshot', 'snapshot-worker.js');
  const child = spawn(process.execPath, [worker], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const connected = once(silent, 'connection');
    const servers = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const at = { journal: 'j', seq: 1, hash: '' };
    child.stdin.write(`${JSON.stringify({ connection: { servers }, stream: 's', bucket: 'b', at })}\n`);
    await connected;
    child.stdin.end();
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said).toBe('');
  } finally {
    child.kill('SIGKILL');
    silent.close();
  }
}, 30_000);
