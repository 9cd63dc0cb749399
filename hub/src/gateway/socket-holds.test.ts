import { expect, test } from 'vitest';
import { SocketHolds } from './socket-holds.js';

function flow() {
  const said: string[] = [];
  return { said, pause: () => said.push('pause'), resume: () => said.push('resume') };
}

test('a socket that several hold is read again once none of them does', () => {
  const holds = new SocketHolds();
  const socket = flow();
  holds.set(socket, 'lag', true);
  holds.set(socket, 'rate', true);
  holds.set(socket, 'lag', false);
  expect(socket.said).not.toContain('resume');
  holds.set(socket, 'rate', false);
  expect(socket.said.at(-1)).toBe('resume');
});

test('what nobody holds is not resumed', () => {
  const holds = new SocketHolds();
  const socket = flow();
  holds.set(socket, 'lag', false);
  holds.free(socket);
  expect(socket.said).toEqual([]);
});

test('a connection that a WebSocket reads is stopped there', () => {
  const holds = new SocketHolds();
  const [socket, webSocket] = [flow(), flow()];
  holds.readBy(socket, webSocket);
  holds.set(socket, 'lag', true);
  holds.free(socket);
  expect([socket.said, webSocket.said]).toEqual([[], ['pause', 'resume']]);
});
