// Whether the hub takes requests and tasks, and what to tell people when it does not.

import type { FsyncMode, HubRole } from '@agentcom/schemas';
import { LEADER_BEAT_MS } from './coordinator/coordinator.js';
import type { LeadershipPhase } from './coordinator/ports.js';
import { draining, isDiskFull, notWritable, STOPPING } from './coordinator/refusals.js';
import { iso } from './core/iso.js';
import { Refusal } from './core/refusal.js';
import type { Reason } from './gateway/http/handlers/hub.js';
import type { RecentEndings } from './nats/endings.js';

export interface ReadinessParts {
  readonly shutdown: { readonly begun: boolean };
  readonly nats: {
    readonly isConnected: boolean;
    readonly fsync: FsyncMode;
    readonly endings?: RecentEndings | undefined;
  };
  readonly disk: { readonly low: boolean; readonly freeBytes: number };
  readonly runner: {
    readonly phase: LeadershipPhase;
    readonly lagMs: number;
    readonly appends: { readonly failure: string | undefined };
  };
  readonly installation: { readonly isDone: boolean; readonly secretFault: string | undefined };
  readonly certificate: { readonly expiresAt: number } | undefined;
  readonly now: () => number;
}

/** A hub that follows knows what is at most so old; the leader is silent for a beat. */
const LAG_MS_MAX = LEADER_BEAT_MS + 5_000;
/** Before a certificate ends it should have been renewed. */
const EXPIRES_SOON_MS = 7 * 24 * 3_600_000;

/** How often nats-server ended within a quarter of an hour. */
const UNSTABLE_FROM = 2;

export class Readiness {
  readonly #parts: ReadinessParts;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** Why no new task is taken; null when it is. */
  refuseSubmission(): Refusal | null {
    const { shutdown, disk } = this.#parts;
    if (shutdown.begun) return draining();
    if (!disk.low) return null;
    return new Refusal('hub.low_disk', lowDisk(disk.freeBytes), [], 10_000);
  }

  /** Why the hub takes no requests, or, in any role, cannot do its part; none when it does. */
  blocking(role: HubRole = 'leader'): Reason[] {
    const { shutdown, nats, disk, runner, installation } = this.#parts;
    const reasons: Reason[] = [];
    if (shutdown.begun) reasons.push({ code: 'draining', message: STOPPING });
    if (!nats.isConnected) reasons.push({ code: 'nats_down', message: 'NATS does not answer' }, ...this.#unstable());
    if (runner.phase === 'following') {
      if (role === 'leader') reasons.push({ code: 'not_leader', message: 'not the leader' }, ...this.#secretFault());
      else if (runner.lagMs > LAG_MS_MAX) reasons.push(lagging(runner.lagMs));
    } else if (!installation.isDone) reasons.push(recovering(runner.appends.failure));
    // Likely the cause, and what can be mended.
    const isSaid = reasons.some(({ code }) => code === 'low_disk');
    if (reasons.length > 0 && disk.low && !isSaid) reasons.push({ code: 'low_disk', message: lowDisk(disk.freeBytes) });
    return reasons;
  }

  /** What is not as it should be although the hub works. */
  degraded(): Reason[] {
    const { disk, nats, certificate, now } = this.#parts;
    const reasons: Reason[] = [];
    if (disk.low) reasons.push({ code: 'low_disk', message: lowDisk(disk.freeBytes) });
    reasons.push(...this.#unstable());
    if (nats.fsync !== 'always') reasons.push(weakFsync(nats.fsync));
    if (certificate !== undefined && certificate.expiresAt - now() < EXPIRES_SOON_MS)
      reasons.push(expiring(certificate.expiresAt, now()));
    return [...reasons, ...this.#secretFault()];
  }

  /** Once is an accident. */
  #unstable(): Reason[] {
    const { endings } = this.#parts.nats;
    if (endings === undefined || endings.times < UNSTABLE_FROM) return [];
    const message = `nats-server ended ${endings.times} times within 15 min, last with ${endings.how}; read why in the hub's log`;
    return [{ code: 'nats_unstable', message }];
  }

  /** It counts on a hub that follows too: that one pages by itself when nobody leads, and may lead at any time. */
  #secretFault(): Reason[] {
    const { secretFault } = this.#parts.installation;
    return secretFault === undefined ? [] : [{ code: 'secret_unreadable', message: secretFault }];
  }
}

/** The same words for whoever asks: submitters, probes, `doctor`, `up` and the log. */
export function lowDisk(freeBytes: number): string {
  return `the disk with the hub's data is nearly full (${Math.floor(freeBytes / 1024 ** 2)} MiB free); no new tasks are accepted`;
}

function lagging(ms: number): Reason {
  return { code: 'behind', message: `the newest that this hub knows of the journal is ${Math.round(ms / 1000)} s old` };
}

function recovering(appendFailure: string | undefined): Reason {
  if (appendFailure === undefined) return { code: 'recovering', message: 'the journal is being read' };
  const code = isDiskFull(appendFailure) ? 'low_disk' : 'journal_not_writable';
  return { code, message: notWritable(appendFailure) };
}

function expiring(expiresAt: number, now: number): Reason {
  const verb = expiresAt < now ? 'expired' : 'expires';
  return {
    code: 'certificate_expiring',
    message: `the hub's TLS certificate ${verb} on ${iso(expiresAt).slice(0, 10)}; renew it`,
  };
}

function weakFsync(fsync: Exclude<FsyncMode, 'always'>): Reason {
  const known =
    fsync === 'periodic' ? 'syncs to disk only periodically' : 'does not report whether it syncs every write';
  return {
    code: `fsync_${fsync}`,
    message: `this NATS server ${known}; a power cut may lose acknowledged work`,
  };
}
