// The words by which a hub says how it is, and those of alerts.

import type { Table } from './explanations.js';
import type { AlertState, HealthCode, NoiseReason } from './names.js';
import type { Severity } from './notification.js';

export const HEALTH: Table<HealthCode> = {
  behind: [
    'The hub follows, and what it knows of the journal is old',
    'Look at its log and at its connection to NATS; it is ready again as soon as it has caught up.',
  ],
  draining: ['The hub is stopping', 'Wait until it is started again, or start it.'],
  nats_down: [
    'The hub has no connection to its nats-server',
    'Wait a moment: it connects by itself. If it does not, read the log of the hub, or that of your nats-server.',
  ],
  nats_unstable: [
    "The hub's own nats-server keeps ending and is started again",
    'Read why in the log of the hub (`component` `nats`); often the disk or the memory of the machine is full.',
  ],
  not_leader: [
    'Another hub leads, or none does',
    'Ask the leader: it is named in the message. If there is none, see `agentcom explain NoLeader`.',
  ],
  recovering: ['The hub has started and reads its journal', 'Wait: it is ready by itself.'],
  low_disk: [
    "The disk with the hub's data is nearly full, so no new task is taken",
    'Free up space on it; the hub goes on by itself. `agentcom explain DiskLow` has more.',
  ],
  journal_not_writable: [
    'The hub cannot write its journal, so it takes no requests',
    'See `agentcom explain JournalUnwritable`.',
  ],
  secret_unreadable: [
    'The secret key of the hub is missing or another one, so what is sealed with it cannot be read',
    'Put the key file back that the message names, and start the hub again.',
  ],
  fsync_periodic: [
    'The nats-server syncs to disk only from time to time: a power failure could lose confirmed work',
    'Set `sync_interval: always` in its configuration, and restart it and the hub.',
  ],
  fsync_unknown: [
    'The nats-server does not say whether it syncs to disk before it confirms',
    'Give the hub an account that may ask, or set `sync_interval: always`. See `agentcom explain DurabilityUnknown`.',
  ],
  certificate_expiring: [
    "The hub's certificate ends soon; after that no machine connects",
    'Renew it. The hub reads the new files by itself.',
  ],
  unknown: ['The hub did not say how it is', 'Bring `agentcom` and the hub to the same version.'],
};

export const ALERT_WORDS: Table<AlertState | Severity | 'clearing' | 'acknowledged' | 'silenced' | 'muted'> = {
  page: ['Someone has to act now', 'See what to do with `agentcom alert show RULE`.'],
  warn: ['Someone has to act today', 'See what to do with `agentcom alert show RULE`.'],
  info: ['Worth knowing; it goes into the digest', 'Look at it when you have time.'],
  pending: ['It is so, but not yet for long enough to tell people', 'Nothing to do: it fires or goes by itself.'],
  firing: ['It is so, and people are told', 'See what to do with `agentcom alert show RULE`.'],
  clearing: [
    'It is not found any more, and resolves soon unless it is found again',
    'Nothing to do. `agentcom alert show RULE` says when.',
  ],
  resolved: ['It is over', 'Nothing to do.'],
  acknowledged: [
    'Somebody has taken care of it, so nobody else is told',
    'Ask whoever it was, or see the note with `agentcom alert show RULE`.',
  ],
  muted: [
    'Another alert explains it, so nobody is told of this one',
    'Mend that one: `agentcom alert show RULE` names it.',
  ],
  silenced: ['A silence matches it, so nobody is told', 'See which with `agentcom silence list`.'],
};

export const NOISE: Table<NoiseReason> = {
  false_positive: ['What the alert says was not so', 'Raise its limit, or report the defect.'],
  not_actionable: ['There was nothing to do about the alert', 'Raise its limit, or lower its severity.'],
  poor_details: ['The alert did not say enough', 'Say in the note what was missing.'],
};
