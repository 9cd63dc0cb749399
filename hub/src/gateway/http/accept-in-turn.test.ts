import { EventEmitter } from 'node:events';
import type { Server } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { acceptInTurn } from './accept-in-turn.js';

class FakeSocket extends EventEmitter {
  destroyed = false;

  constructor(
    readonly name: string,
    readonly remoteAddress: string,
  ) {
    super();
  }
}

function listening() {
  const begun: string[] = [];
  const server = new EventEmitter();
  server.on('connection', ({ name }: FakeSocket) => begun.push(name));
  acceptInTurn(server as Server);
  const open = (name: string, address: string): FakeSocket => {
    const socket = new FakeSocket(name, address);
    server.emit('connection', socket);
    return socket;
  };
  return { begun, open };
}

test('of connections that an address opens at once one is begun in a turn, and others do not wait for them', async () => {
  const { begun, open } = listening();
  for (const name of ['a1', 'a2', 'a3']) open(name, '192.0.2.1');
  open('b1', '::ffff:192.0.2.2');
  expect(begun).toEqual(['a1', 'b1']);
  await nextTurn();
  expect(begun).toEqual(['a1', 'b1', 'a2']);
  await nextTurn();
  expect(begun).toEqual(['a1', 'b1', 'a2', 'a3']);
  await nextTurn();
  open('a4', '192.0.2.1');
  expect(begun.at(-1)).toBe('a4');
});

test('a connection that breaks off before its turn is forgotten', async () => {
  const { begun, open } = listening();
  open('a1', '192.0.2.1');
  const broken = open('a2', '192.0.2.1');
  open('a3', '192.0.2.1');
  broken.emit('error', new Error('reset by peer'));
  broken.destroyed = true;
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual(['a1', 'a3']);
});
