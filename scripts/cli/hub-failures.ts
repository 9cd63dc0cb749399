// Why a hub did not start or could not go on, as an error with what to do, and with an exit code that says whether another start may help.

import { UnusableCertificate } from '@agentcom/hub/certificate';
import { JournalUntrusted } from '@agentcom/hub/coordinator/ports';
import { TooFewNatsServers } from '@agentcom/hub/jetstream/streams';
import { NatsTooOld, NoNatsServer } from '@agentcom/hub/nats/version';
import { CommandError, codeOf, EXIT, type ExitCode, messageOf } from './exit.js';

/** For what the system refuses; everything else says itself what to do. */
const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Stop the program that listens there, or choose another port with --port.',
  EADDRNOTAVAIL: 'Choose an address of this machine with --host.',
  ENOTFOUND: 'Choose an address of this machine with --host.',
  EAI_AGAIN: 'Choose an address of this machine with --host.',
  EACCES: 'Run it as the user who owns the directory, or choose another directory or port with --data-dir or --port.',
  EPERM: 'Run it as the user who owns the directory, or choose another one with --data-dir.',
  ENOENT: 'Choose another directory with --data-dir.',
  ENOTDIR: 'Choose another directory with --data-dir.',
  EROFS: 'Choose a directory that can be written to with --data-dir.',
  ENOSPC: 'Free some space, or choose another directory with --data-dir.',
};

export function notStarted(cause: unknown, remedy = REMEDIES[codeOf(cause)]): CommandError {
  if (cause instanceof CommandError) return cause;
  // Another start may help: the other servers may be starting too.
  if (cause instanceof TooFewNatsServers) {
    const remedy = 'Start the other servers of the cluster, or lower AGENTCOM_NATS_REPLICAS.';
    return new CommandError(EXIT.failed, 'nats.too_few_servers', cause.message, { cause, remedy });
  }
  return new CommandError(exitFor(cause), 'hub.not_started', messageOf(cause), {
    cause,
    ...(remedy !== undefined && { remedy }),
  });
}

export function stoppedBy(cause: Error): CommandError {
  return new CommandError(exitFor(cause), 'hub.stopped', cause.message, { cause });
}

/** A service starts its hub again unless only a person can mend what is wrong. */
function exitFor(cause: unknown): ExitCode {
  if ([JournalUntrusted, NatsTooOld, NoNatsServer, UnusableCertificate].some((kind) => cause instanceof kind))
    return EXIT.config;
  return ['EACCES', 'EPERM', 'EROFS'].includes(codeOf(cause)) ? EXIT.notAllowed : EXIT.failed;
}
