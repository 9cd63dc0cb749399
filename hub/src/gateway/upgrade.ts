// The door of the agent socket: the key is checked before the connection becomes a WebSocket.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS, SUBPROTOCOL } from '@agentcom/schemas';
import { WebSocketServer } from 'ws';
import { Refusal } from '../core/decision.js';
import { agentKey } from '../core/state.js';
import { AgentSocket, type SocketParts } from './agent-socket.js';
import { authenticate, forbidden } from './auth.js';
import { notReady } from './http.js';
import type { KeyGuard } from './key-guard.js';
import { endWithProblem } from './problem.js';

const AGENT_PATH = '/ws/agent';
const ASKED_CHARS = 100;

/** Serves agent sockets on `server`; returns a function that takes no more of them. */
export function serveAgentSockets(server: Server, parts: SocketParts, guard: KeyGuard): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.frameBytes,
    clientTracking: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    void admit(request, parts, guard).then((admitted) => {
      if (admitted instanceof Refusal) return endWithProblem(socket, admitted);
      sockets.handleUpgrade(request, socket, head, (webSocket) => new AgentSocket(webSocket, socket, admitted, parts));
    });
  };
  server.on('upgrade', onUpgrade);
  return () => server.off('upgrade', onUpgrade);
}

async function admit(
  request: IncomingMessage,
  { desk, connections }: SocketParts,
  guard: KeyGuard,
): Promise<{ org: string; agent: string } | Refusal> {
  const path = request.url?.split('?')[0];
  if (path !== AGENT_PATH) return new Refusal('request.not_found', `there is no socket at ${path}`);
  if (desk.role !== 'leading') return desk.role === 'following' ? notLeading() : notReady(desk);
  const caller = authenticate(desk.state, request.headers.authorization, desk.now());
  if (caller instanceof Refusal) {
    const blocked = caller.code === 'auth.invalid' ? await guard.failed(request.socket.remoteAddress ?? '') : null;
    return blocked ?? caller;
  }
  if (caller.agent === null) return forbidden(caller);
  const awayMs = connections.staysAwayMs(agentKey(caller.org, caller.agent), desk.now());
  if (awayMs > 0) return new Refusal('rate.limited', 'this key was closed for too many refused frames', [], awayMs);
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  if (!offered.includes(SUBPROTOCOL)) {
    const asked = offered.length === 0 ? 'none was' : `${offered.join(', ').slice(0, ASKED_CHARS)} was`;
    return new Refusal(
      'protocol.unsupported_version',
      `this hub speaks the subprotocol ${SUBPROTOCOL}; ${asked} asked for`,
    );
  }
  return { org: caller.org, agent: caller.agent };
}

function notLeading(): Refusal {
  return new Refusal('hub.not_leader', 'another hub leads; ask there', [], 1_000);
}
