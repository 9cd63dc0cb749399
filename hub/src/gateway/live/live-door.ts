// The door of live pages: by the session of a browser, whose page must be the hub's own, or by a key.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE_CODES, LIMITS, LIVE_SUBPROTOCOL, type Scheduler } from '@agentcom/schemas';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AbuseLimiter } from '../../access/abuse-limiter.js';
import { addressGroup } from '../../access/address-group.js';
import { authenticate, bearerOf, type Caller } from '../../access/authenticate.js';
import type { CredentialWatch } from '../../access/credential-watch.js';
import type { Hosts } from '../../access/hosts.js';
import type { Limits } from '../../access/limits.js';
import { refuse } from '../../access/policy.js';
import { type IsProxy, type Reached, reachedBy } from '../../access/proxies.js';
import type { UseNotes } from '../../access/use-notes.js';
import { notLeading } from '../../coordinator/refusals.js';
import type { ShardAccess } from '../../coordinator/runner.js';
import { Refusal } from '../../core/refusal.js';
import type { LiveHub } from '../../live/live-hub.js';
import { type AuditTrail, auditRefusedSocket } from '../audit-port.js';
import type { Door } from '../doors.js';
import type { ConnectionGuard } from '../http/connection-guard.js';
import { endWithProblem } from '../http/problem.js';
import { Shares } from '../http/shares.js';
import { PageSession } from './page-session.js';
import { PageSocket } from './page-socket.js';

const LIVE_PATH = '/ws/live';
const SOCKET = { action: 'live.open', route: 'live.open' };

export interface LiveDoorParts {
  readonly shard: Pick<ShardAccess, 'state' | 'phase' | 'now'>;
  readonly live: LiveHub;
  readonly abuse: AbuseLimiter;
  readonly guard: ConnectionGuard;
  readonly hosts: Hosts;
  readonly isProxy: IsProxy;
  readonly credentials: CredentialWatch;
  readonly uses: UseNotes;
  readonly limits: Limits;
  readonly audit: AuditTrail;
  readonly scheduler: Scheduler;
  /** Ends every page. */
  readonly stopping: AbortSignal;
  readonly onSocketFailed: (error: unknown, who: { readonly org: string; readonly by: string }) => void;
}

export function liveDoor(parts: LiveDoorParts): Door {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.liveFrameBytes,
    maxFragments: LIMITS.frameFragments,
    clientTracking: false,
    handleProtocols: () => LIVE_SUBPROTOCOL,
  });
  const open = new Set<PageSession>();
  parts.stopping.addEventListener('abort', () => {
    for (const page of [...open])
      page.close({ code: CLOSE_CODES.hubRestarting, reason: 'the hub is stopping; reconnect' });
  });
  const shares = new Shares({ all: LIMITS.liveSockets, perKey: LIMITS.liveSocketsPerCaller }, 'live pages');
  const take = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const reached = reachedBy(request, parts.isProxy);
    const known = authenticate(parts.shard.state, credentialsOf(request, reached), parts.shard.now());
    const admitted = await admit(request, reached, known, parts);
    if (admitted instanceof Refusal) {
      const caller = known instanceof Refusal ? undefined : known;
      auditRefusedSocket(parts.audit, SOCKET, caller, reached.address, admitted);
      return endWithProblem(socket, admitted, parts.shard.state.leader?.url);
    }
    let session: PageSession | undefined;
    const leave = shares.take(admitted, () =>
      session?.close({ code: CLOSE_CODES.hubRestarting, reason: 'the hub has too many live pages; reconnect later' }),
    );
    if (leave instanceof Refusal) return endWithProblem(socket, leave);
    socket.once('close', leave);
    parts.guard.proven(request.socket, admitted.credential);
    parts.uses.used(admitted);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      session = openPage(webSocket, admitted, reached.address, parts);
      const own = session;
      open.add(own);
      webSocket.once('close', () => open.delete(own));
    });
  };
  return { path: LIVE_PATH, take };
}

function openPage(webSocket: WebSocket, caller: Caller, address: string, parts: LiveDoorParts): PageSession {
  const { live, limits, scheduler, shard, credentials, audit, onSocketFailed } = parts;
  const wire = new PageSocket(webSocket);
  const session = new PageSession(caller, wire, {
    live,
    limits,
    scheduler,
    now: () => shard.now(),
    onForbidden: (refusal) => auditRefusedSocket(audit, SOCKET, caller, address, refusal),
  });
  wire.listen(session, (error) => onSocketFailed(error, caller));
  const reason = caller.session === undefined ? 'the key was revoked or has expired' : 'the session has ended';
  const forget = credentials.watch(caller, () => session.close({ code: CLOSE_CODES.notAllowed, reason }));
  webSocket.once('close', forget);
  return session;
}

function credentialsOf({ headers }: IncomingMessage, { protocol }: Reached) {
  const { authorization, cookie } = headers;
  return { authorization, cookie, isSecure: protocol === 'https' };
}

/** In the order in which requests are held to limits. */
async function admit(
  request: IncomingMessage,
  reached: Reached,
  caller: Caller | Refusal,
  { shard, abuse, limits, hosts, stopping }: LiveDoorParts,
): Promise<Caller | Refusal> {
  const { socket, headers, rawHeaders } = request;
  const { localAddress } = socket;
  const misdirected = hosts.refuse({ ...reached, localAddress, origin: headers.origin, rawHeaders, isChange: true });
  if (misdirected !== undefined) return misdirected;
  const now = shard.now();
  const isKnowing = shard.phase === 'leading' || shard.phase === 'following';
  if (!isKnowing || stopping.aborted) return notLeading(shard as ShardAccess);
  if (caller instanceof Refusal) {
    const limited = limits.refuse('anonymous', { id: addressGroup(reached.address) }, now);
    if (limited !== undefined) return limited;
    const blocked =
      caller.code === 'auth.invalid'
        ? await abuse.failedKey(reached.address, bearerOf(headers.authorization))
        : undefined;
    return blocked ?? caller;
  }
  const { org, credential: id } = caller;
  const refused = limits.refuse('connects', { id, org }, now) ?? refuse(caller, 'live.open');
  if (refused !== undefined) return refused;
  // A cookie comes along with whatever any page sends. An origin that is another's has been refused before.
  if (caller.session !== undefined && headers.origin === undefined)
    return new Refusal('request.cross_origin', 'the session of a browser works only from the pages of this hub');
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  if (!offered.includes(LIVE_SUBPROTOCOL))
    return new Refusal(
      'protocol.unsupported_version',
      `this socket supports the subprotocol ${LIVE_SUBPROTOCOL} alone`,
    );
  return caller;
}
