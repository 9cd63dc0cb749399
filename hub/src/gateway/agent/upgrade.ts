// The door of the agent socket: the key is checked before the connection becomes a WebSocket.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS, SUBPROTOCOL } from '@agentcom/schemas';
import { WebSocketServer } from 'ws';
import type { AbuseLimiter } from '../../access/abuse-limiter.js';
import { authenticate, forbidden } from '../../access/authenticate.js';
import { agentKey } from '../../core/agent/agent.js';
import { Refusal } from '../../core/decision.js';
import { endWithProblem } from '../http/problem.js';
import { notReady } from '../http/server.js';
import { AgentSocket, type SocketParts } from './socket.js';

const AGENT_PATH = '/ws/agent';
const ASKED_CHARS = 100;

/** Serves agent sockets on `server`; returns a function that takes no more of them. */
export function serveAgentSockets(server: Server, parts: SocketParts, abuse: AbuseLimiter): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.frameBytes,
    clientTracking: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    void admit(request, parts, abuse).then((admitted) => {
      if (admitted instanceof Refusal) return endWithProblem(socket, admitted);
      sockets.handleUpgrade(request, socket, head, (webSocket) => new AgentSocket(webSocket, socket, admitted, parts));
    });
  };
  server.on('upgrade', onUpgrade);
  return () => server.off('upgrade', onUpgrade);
}

async function admit(
  request: IncomingMessage,
  { shard, connections }: SocketParts,
  abuse: AbuseLimiter,
): Promise<{ org: string; agent: string } | Refusal> {
  const path = request.url?.split('?')[0];
  if (path !== AGENT_PATH) return new Refusal('request.not_found', `there is no socket at ${path}`);
  if (shard.phase !== 'leading') return shard.phase === 'following' ? notLeading() : notReady(shard);
  const caller = authenticate(shard.state, request.headers.authorization, shard.now());
  if (caller instanceof Refusal) {
    const blocked = caller.code === 'auth.invalid' ? await abuse.failed(request.socket.remoteAddress ?? '') : null;
    return blocked ?? caller;
  }
  if (caller.agent === null) return forbidden(caller);
  const awayMs = connections.bannedForMs(agentKey(caller.org, caller.agent), shard.now());
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
