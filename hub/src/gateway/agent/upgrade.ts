// The door of the agent socket: the key is checked before the connection becomes a WebSocket.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS, SUBPROTOCOL } from '@agentcom/schemas';
import { WebSocketServer } from 'ws';
import type { AbuseLimiter } from '../../access/abuse-limiter.js';
import { authenticate } from '../../access/authenticate.js';
import { refuse } from '../../access/policy.js';
import { Refusal } from '../../core/decision.js';
import { agentKey } from '../../core/state.js';
import { notLeading } from '../http/admission.js';
import type { ConnectionGuard } from '../http/connection-guard.js';
import { endWithProblem } from '../http/problem.js';
import { AgentSocket, type SocketParts } from './socket.js';

const AGENT_PATH = '/ws/agent';
const ASKED_CHARS = 100;

/** Serves agent sockets on `server`; returns a function that takes no more of them. */
export function serveAgentSockets(
  server: Server,
  parts: SocketParts,
  abuse: AbuseLimiter,
  guard: ConnectionGuard,
): () => void {
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
      guard.proven(request.socket);
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
  if (shard.phase !== 'leading') return notLeading(shard);
  const caller = authenticate(shard.state, request.headers.authorization, shard.now());
  if (caller instanceof Refusal) {
    const blocked = caller.code === 'auth.invalid' ? await abuse.failed(request.socket.remoteAddress ?? '') : undefined;
    return blocked ?? caller;
  }
  const forbidden = refuse(caller, 'agents.connect');
  if (forbidden !== undefined) return forbidden;
  const { org, agent } = caller;
  if (agent === undefined) throw new Error('a key of role agent names no agent');
  const awayMs = connections.bannedForMs(agentKey(org, agent), shard.now());
  if (awayMs > 0) return new Refusal('rate.limited', 'this key was closed for too many refused frames', [], awayMs);
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  if (!offered.includes(SUBPROTOCOL)) {
    const asked = offered.length === 0 ? 'none was' : `${offered.join(', ').slice(0, ASKED_CHARS)} was`;
    return new Refusal(
      'protocol.unsupported_version',
      `this hub speaks the subprotocol ${SUBPROTOCOL}; ${asked} asked for`,
    );
  }
  return { org, agent };
}
