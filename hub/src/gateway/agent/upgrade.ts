// The door of the agent socket: the key is checked before the connection becomes a WebSocket.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE_CODES, LIMITS, SUBPROTOCOL } from '@agentcom/schemas';
import { uuidv7 } from 'uuidv7';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AbuseLimiter } from '../../access/abuse-limiter.js';
import { addressGroup } from '../../access/address-group.js';
import { authenticate, bearerOf, type Caller } from '../../access/authenticate.js';
import type { CredentialWatch } from '../../access/credential-watch.js';
import type { Hosts } from '../../access/hosts.js';
import { refuse } from '../../access/policy.js';
import { type IsProxy, type Reached, reachedBy } from '../../access/proxies.js';
import type { UseNotes } from '../../access/use-notes.js';
import { notLeading } from '../../coordinator/refusals.js';
import type { ShardAccess } from '../../coordinator/runner.js';
import { refuseMore } from '../../core/access/usage.js';
import { agentKey } from '../../core/agent/agent.js';
import { banned, bannedForMs } from '../../core/agent/ban.js';
import { Refusal } from '../../core/refusal.js';
import { type AuditTrail, auditRefusedSocket } from '../audit-port.js';
import type { Door } from '../doors.js';
import type { ConnectionGuard } from '../http/connection-guard.js';
import { endWithProblem } from '../http/problem.js';
import type { Rests } from '../rests.js';
import type { SocketHolds } from '../socket-holds.js';
import type { AgentRegistry } from './registry.js';
import { AgentSession, type SessionParts, type Who } from './session.js';
import { SocketWire } from './wire.js';

const AGENT_PATH = '/ws/agent';
const SOCKET = { action: 'agents.connect', route: 'agent.connect' };
const ASKED_CHARS = 100;

type AgentCaller = Caller & { readonly agent: string };

export interface DoorParts extends Omit<SessionParts, 'watcher' | 'shard'> {
  readonly shard: ShardAccess;
  readonly registry: AgentRegistry;
  readonly abuse: AbuseLimiter;
  readonly guard: ConnectionGuard;
  readonly hosts: Hosts;
  readonly isProxy: IsProxy;
  readonly credentials: CredentialWatch;
  readonly uses: UseNotes;
  readonly holds: SocketHolds;
  readonly rests: Rests;
  readonly audit: AuditTrail;
  readonly onSocketFailed: (error: unknown, who: Who) => void;
}

export function agentDoor(parts: DoorParts): Door {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.frameBytes,
    maxFragments: LIMITS.frameFragments,
    // Pongs are sent by the wire, which knows whether they are read.
    autoPong: false,
    clientTracking: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  const take = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const reached = reachedBy(request, parts.isProxy);
    const { address } = reached;
    const known = authenticate(parts.shard.state, { authorization: request.headers.authorization }, parts.shard.now());
    const admitted = await admit(request, reached, known, parts);
    if (admitted instanceof Refusal) {
      auditRefusedSocket(parts.audit, SOCKET, known instanceof Refusal ? undefined : known, address, admitted);
      return endWithProblem(socket, admitted, parts.shard.state.leader?.url);
    }
    parts.guard.proven(request.socket, admitted.credential);
    parts.uses.used(admitted);
    sockets.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, socket, admitted, address, parts));
  };
  return { path: AGENT_PATH, take };
}

function open(webSocket: WebSocket, stream: Duplex, caller: AgentCaller, address: string, parts: DoorParts): void {
  const { registry, bodies, credentials, holds, rests, onSocketFailed } = parts;
  const who: Who = { org: caller.org, agent: caller.agent };
  const watcher = registry.watcher(who, address);
  const wire = new SocketWire(webSocket, stream, {
    bodies,
    holds,
    rests,
    org: who.org,
    onFailed: (error) => onSocketFailed(error, who),
    onDefect: (error) => watcher.failed(error, 'the hub failed at a frame'),
  });
  const session = new AgentSession(uuidv7(), who, wire, { ...parts, watcher });
  registry.add(session);
  wire.listen(session);
  const reason = 'the key was revoked or has expired';
  webSocket.once(
    'close',
    credentials.watch(caller, () => session.close({ code: CLOSE_CODES.notAllowed, reason })),
  );
}

/** Held to the same limits, in the same order, as a request: see `admit` of HTTP. */
async function admit(
  request: IncomingMessage,
  reached: Reached,
  caller: Caller | Refusal,
  { shard, abuse, limits, hosts }: DoorParts,
): Promise<AgentCaller | Refusal> {
  const { socket, headers, rawHeaders } = request;
  const { localAddress } = socket;
  const misdirected = hosts.refuse({ ...reached, localAddress, origin: headers.origin, rawHeaders, isChange: true });
  if (misdirected !== undefined) return misdirected;
  const now = shard.now();
  const refuseAnonymous = () => limits.refuse('anonymous', { id: addressGroup(reached.address) }, now);
  const path = request.url?.split('?')[0];
  if (path !== AGENT_PATH) return refuseAnonymous() ?? new Refusal('request.not_found', `no socket at ${path}`);
  if (shard.phase !== 'leading') return notLeading(shard);
  if (caller instanceof Refusal) {
    const limited = refuseAnonymous();
    if (limited !== undefined) return limited;
    const blocked =
      caller.code === 'auth.invalid'
        ? await abuse.failedKey(reached.address, bearerOf(headers.authorization))
        : undefined;
    return blocked ?? caller;
  }
  const { org, agent, credential } = caller;
  const id = agent === undefined ? credential : agentKey(org, agent);
  const refused = limits.refuse('connects', { id, org }, now) ?? refuse(caller, 'agents.connect');
  if (refused !== undefined) return refused;
  if (agent === undefined) throw new Error('a key of role agent names no agent');
  const known = shard.state.agents.get(id);
  const awayMs = bannedForMs(known, now);
  if (awayMs > 0) return banned(awayMs);
  const beyond =
    known?.connection === undefined ? refuseMore({ state: shard.state, now }, org, 'connections') : undefined;
  if (beyond !== undefined) return beyond;
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  if (!offered.includes(SUBPROTOCOL)) {
    const asked = offered.length === 0 ? 'none was' : `${offered.join(', ').slice(0, ASKED_CHARS)} was`;
    return new Refusal(
      'protocol.unsupported_version',
      `this hub supports the subprotocol ${SUBPROTOCOL}; ${asked} requested`,
    );
  }
  return { ...caller, agent };
}
