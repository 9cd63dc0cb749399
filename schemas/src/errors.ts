// The error catalogue. Codes are the interface and never change their meaning; texts may change.

export interface CatalogueEntry {
  /** HTTP status. */
  readonly status: number;
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: boolean;
  readonly title: string;
  /** What whoever gets it should do. */
  readonly remedy: string;
}

export const ERRORS = {
  'request.invalid': {
    status: 400,
    retryable: false,
    title: 'The request is not valid',
    remedy: 'Correct the values that are named, and send it again.',
  },
  'request.too_large': {
    status: 413,
    retryable: false,
    title: 'The request is too large',
    remedy: 'Send at most 256 KiB in one body or frame; put large material into the repository instead.',
  },
  'request.timeout': {
    status: 408,
    retryable: true,
    title: 'The request did not arrive in time',
    remedy: 'Send the whole request at once; its head within 10 s, all of it within 30 s.',
  },
  'request.not_found': {
    status: 404,
    retryable: false,
    title: 'There is no such route',
    remedy: 'Check the method and the path against `GET /api/v1/openapi.json`.',
  },
  'request.unsupported_media_type': {
    status: 415,
    retryable: false,
    title: 'The body is not JSON',
    remedy: 'Send JSON in UTF-8 with `Content-Type: application/json`.',
  },
  'auth.missing': {
    status: 401,
    retryable: false,
    title: 'No key was given',
    remedy: 'Give the command `--key-file`; over HTTP, send `Authorization: Bearer <key>`.',
  },
  'auth.invalid': {
    status: 401,
    retryable: false,
    title: 'The key is not valid',
    remedy:
      'The key is unknown, expired or revoked. Use another one; for an agent, get a new one with `agentcom join --rejoin`.',
  },
  'auth.forbidden': {
    status: 403,
    retryable: false,
    title: 'The key does not allow this',
    remedy: 'Use a key with a role that may do this.',
  },
  'auth.blocked': {
    status: 429,
    retryable: true,
    title: 'Too many bad keys from this address',
    remedy: 'Wait as long as the answer says (`Retry-After`), then use a valid key.',
  },
  'rate.limited': {
    status: 429,
    retryable: true,
    title: 'Too many requests',
    remedy: 'Wait a moment, then retry; the answer says how long (`Retry-After`, `retryAfterMs`).',
  },
  'config.version_conflict': {
    status: 412,
    retryable: false,
    title: 'Somebody else has changed the config in the meantime',
    remedy:
      'Look at it again (`agentcom config get`, `GET /api/v1/config`), then repeat the change with its new version.',
  },
  'task.not_found': {
    status: 404,
    retryable: false,
    title: 'There is no such task',
    remedy: 'Check the id. Tasks of other organisations, and tasks past the archive, are not found either.',
  },
  'task.already_final': {
    status: 409,
    retryable: false,
    title: 'The task has already ended',
    remedy: 'It can no longer be changed; submit a new task for more work.',
  },
  'task.not_retryable': {
    status: 409,
    retryable: false,
    title: 'The task cannot be retried now',
    remedy: 'Only a dead task or one that is backing off can be retried: `agentcom task why ID`.',
  },
  'task.blocked': {
    status: 409,
    retryable: false,
    title: 'The task waits for an answer',
    remedy: 'Wait for `task.answer` before completing the task or asking again.',
  },
  'task.not_blocked': {
    status: 409,
    retryable: false,
    title: 'The task has no open question',
    remedy: 'The question was answered already, or the attempt has ended: `agentcom task show ID`.',
  },
  'task.question_mismatch': {
    status: 409,
    retryable: false,
    title: 'Another question is open',
    remedy: 'Read the open question of the task and answer that one.',
  },
  'task.answer_not_a_choice': {
    status: 400,
    retryable: false,
    title: 'The answer is not one of the choices',
    remedy: 'Answer with one of the choices of the open question, word for word.',
  },
  'task.not_dead': {
    status: 409,
    retryable: false,
    title: 'The task is not among the dead letters',
    remedy: 'Only dead letters can be requeued or discarded: `agentcom task show ID`.',
  },
  'task.nothing_kept': {
    status: 409,
    retryable: false,
    title: 'No work of the task was kept',
    remedy: 'Requeue the task: `agentcom dead requeue ID`.',
  },
  'task.stale_generation': {
    status: 409,
    retryable: false,
    title: 'The attempt is no longer the live one',
    remedy: 'Stop the work, keep it aside, and report no more of it: the task has been given to another attempt.',
  },
  'task.not_assigned': {
    status: 409,
    retryable: false,
    title: 'The task is not offered to this agent',
    remedy: 'Accept or reject only what `task.assign` offers, and only once; end accepted work with `task.fail`.',
  },
  'task.not_accepted': {
    status: 409,
    retryable: false,
    title: 'The assignment has not been accepted',
    remedy: 'Send `task.accept` before reporting on it.',
  },
  'task.turn_over': {
    status: 409,
    retryable: false,
    title: 'The turn of the agent has ended',
    remedy: 'Exit: the turn has ended, and reports from it are no longer accepted.',
  },
  'task.parent_not_found': {
    status: 400,
    retryable: false,
    title: 'A task to wait for does not exist or was cancelled',
    remedy: 'Leave it out, or name another task (`--depends-on`, `dependsOn`).',
  },
  'task.too_large': {
    status: 413,
    retryable: false,
    title: 'A part of the task is too large',
    remedy: 'Shorten the parts that are named, or put the material into the repository.',
  },
  'report.conflict': {
    status: 409,
    retryable: false,
    title: 'The report contradicts what was reported before',
    remedy: 'Send a report again with the same `seq` and the same body; give a new report a new `seq`.',
  },
  'agent.not_found': {
    status: 404,
    retryable: false,
    title: 'There is no such agent',
    remedy: 'Check the name with `agentcom agent list`.',
  },
  'agent.replaced': {
    status: 409,
    retryable: true,
    title: 'Another sidecar connected with this key',
    remedy: 'Run one sidecar for each agent. Give the other machine an invitation of its own: `agentcom agent invite`.',
  },
  'agent.other_machine': {
    status: 409,
    retryable: false,
    title: 'The key of this agent is in use on another machine',
    remedy:
      'Give this machine an agent of its own: `agentcom agent invite`, then `agentcom join`. If the agent has moved here, stop its sidecar on the other machine, wait two minutes, and start this one again.',
  },
  'agent.busy': {
    status: 409,
    retryable: true,
    title: 'The agent holds a task',
    remedy: 'Drain it and wait, or cancel its task first.',
  },
  'agent.name_taken': {
    status: 409,
    retryable: false,
    title: 'Another agent has this name',
    remedy: 'Choose another name, or leave it out and let the hub choose.',
  },
  'channel.limit': {
    status: 409,
    retryable: false,
    title: 'There are too many channels or members',
    remedy: 'Leave channels that are no longer needed, or use an existing one.',
  },
  'join.not_built': {
    status: 503,
    retryable: true,
    title: 'The hub has no bundle for machines that join',
    remedy:
      'Build it with `npm run build` in the checkout that the hub runs from, or join from a checkout with `agentcom join`.',
  },
  'idempotency.key_reused': {
    status: 422,
    retryable: false,
    title: 'The idempotency key was used with another body',
    remedy: 'Use a new key for a new request; repeat a request with its own body.',
  },
  'idempotency.answer_not_kept': {
    status: 409,
    retryable: false,
    title: 'The request took effect, and its answer held a secret',
    remedy:
      'Secrets are shown once and never kept. Revoke what the first request made if its answer was lost, then retry with a new idempotency key.',
  },
  'enrolment.invalid': {
    status: 401,
    retryable: false,
    title: 'The enrolment token is not valid',
    remedy: 'The token is unknown, used up or expired. Get a new one with `agentcom agent invite`.',
  },
  'protocol.hello_required': {
    status: 400,
    retryable: false,
    title: 'The first frame must be a hello',
    remedy: 'Send `hello` and wait for `welcome` before anything else.',
  },
  'protocol.unknown_type': {
    status: 400,
    retryable: false,
    title: 'The frame has no known type',
    remedy: 'Send only the frame types of `agentcom.v1`; see `GET /api/v1/schemas`.',
  },
  'protocol.unsupported_version': {
    status: 400,
    retryable: false,
    title: 'The hub does not speak this version',
    remedy: 'Ask for the subprotocol `agentcom.v1`; update the sidecar or the hub.',
  },
  'sidecar.stopping': {
    status: 503,
    retryable: true,
    title: 'The sidecar is stopping',
    remedy: 'Retry: it takes effect when the sidecar is back, and only once.',
  },
  'key.not_found': {
    status: 404,
    retryable: false,
    title: 'There is no such key',
    remedy: 'Find its id with `agentcom key list`.',
  },
  'key.last_owner': {
    status: 409,
    retryable: false,
    title: 'This is the last key of an owner',
    remedy: 'Create another owner key first: without one, nobody could manage keys.',
  },
  'backup.not_found': {
    status: 404,
    retryable: false,
    title: 'There is no such backup',
    remedy: 'Check the id with `agentcom backup list`.',
  },
  'backup.failed': {
    status: 500,
    retryable: true,
    title: 'The backup could not be made or read',
    remedy: 'Check the space and the permissions of the backup directory, and the log of the hub.',
  },
  'sidecar.offline': {
    status: 503,
    retryable: true,
    title: 'The sidecar has no link to the hub',
    remedy: 'Continue the work and retry later. Reports of the task are kept and sent when the link is back.',
  },
  'sidecar.internal': {
    status: 500,
    retryable: true,
    title: 'The sidecar failed to handle the request',
    remedy: 'Retry. If it fails again, read the log of the sidecar.',
  },
  'hub.busy': {
    status: 503,
    retryable: true,
    title: 'The hub is overloaded',
    remedy: 'Wait a moment, then retry; the answer says how long (`Retry-After`, `retryAfterMs`).',
  },
  'hub.not_leader': {
    status: 503,
    retryable: true,
    title: 'This hub is not the leader',
    remedy: 'Retry; send it to the leader if you know its address.',
  },
  'hub.behind': {
    status: 503,
    retryable: true,
    title: 'This hub has not read that far',
    remedy: 'Retry, or ask the leader: the change you want to see has not reached this hub yet.',
  },
  'hub.recovering': {
    status: 503,
    retryable: true,
    title: 'The hub is reading its journal',
    remedy: 'Wait a moment, then retry; `/readyz` says when it is ready.',
  },
  'hub.outcome_unknown': {
    status: 503,
    retryable: true,
    title: 'The outcome of the request is unknown',
    remedy: 'Retry with the same idempotency key: it takes effect only once.',
  },
  'hub.draining': {
    status: 503,
    retryable: true,
    title: 'The hub is stopping',
    remedy: 'Retry when the hub is back.',
  },
  'hub.low_disk': {
    status: 503,
    retryable: true,
    title: 'The hub is low on disk space and takes no tasks',
    remedy: 'Free space on the disk with the data of the hub. Running tasks continue.',
  },
  'hub.internal': {
    status: 500,
    retryable: true,
    title: 'The hub failed to handle the request',
    remedy: 'Retry. If it fails again, search the log of the hub for the trace id.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

/** Whether a text from outside is a code of this catalogue. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

export function catalogueEntry(code: ErrorCode): CatalogueEntry {
  return ERRORS[code];
}
