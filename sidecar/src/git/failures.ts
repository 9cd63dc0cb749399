// What a failed git command means for the attempt: whether it is worth another one, and whether on another machine.

import { clip } from '@agentcom/schemas/clip';
import { codeOf } from '@agentcom/schemas/host';
import type { Failure } from '../core/attempt.js';
import { errorsIn } from '../core/git-cause.js';
import { isMachineError, SYSTEM_ERROR, saysMachineError } from '../core/machine-fault.js';
import { UnusableUser } from '../host/run-user.js';
import { GitError } from './git.js';

interface Sign {
  readonly pattern: RegExp;
  readonly code: string;
  readonly class: Failure['class'];
  /** Who can put it right, where a further attempt would meet the same. */
  readonly mend?: 'agent' | 'person';
  /** What to do, where git's own lines that say so are left out or do not fit; gets the groups of the pattern. */
  readonly remedy?: (...groups: string[]) => string;
}

/** In this order: git says "could not read from remote repository" after any of the others. */
const SIGNS: readonly Sign[] = [
  {
    pattern:
      /detected dubious ownership in repository at '(.+)'|unsafe repository \('(.+)' is owned by someone else\)/i,
    code: 'git.dubious_ownership',
    class: 'permanent',
    mend: 'person',
    remedy: (path) =>
      `the repository belongs to another user than the sidecar: change its owner, or run as the sidecar's user \`git config --global --add safe.directory '${path}'\``,
  },
  {
    pattern:
      /authentication failed|could not read (?:username|password)|terminal prompts disabled|permission denied|host key verification failed|too many authentication failures|access denied|not authorized|permission to .* denied|marked as read only|so it is read-only|write access|not allowed to push code to this project|TF401027|requested url returned error: 40[13]|http basic/i,
    code: 'git.auth',
    class: 'permanent',
    mend: 'person',
  },
  {
    pattern:
      /repository (?:'.*' )?not found|does not appear to be a git repository|requested url returned error: 404|project you were looking for could not be found/i,
    code: 'git.not_found',
    class: 'permanent',
    mend: 'person',
  },
  {
    pattern: /requested url returned error: 30[1-8]/i,
    code: 'git.redirected',
    class: 'permanent',
    mend: 'person',
    remedy: () => 'the remote redirects to another address: submit the task with that one',
  },
  {
    pattern:
      /transport '.*' not allowed|unable to find remote helper|strange (?:path|host)name|protocol '.*' is not supported/i,
    code: 'git.address_refused',
    class: 'permanent',
    mend: 'person',
  },
  {
    // By git itself and by GitHub and GitLab: files that are too large, objects that are malformed, secrets.
    pattern:
      /fsck error|pack exceeds maximum allowed size|GH001|exceeds .*file size limit|blobs? which exceeds?|larger than the allowed size|push cannot contain secrets/i,
    code: 'git.content_refused',
    class: 'verification',
    mend: 'agent',
  },
  {
    pattern: /\[remote rejected\]|pre-receive hook declined|protected branch/i,
    code: 'git.push_refused',
    class: 'verification',
    mend: 'person',
  },
  { pattern: /no space left on device|disk quota exceeded/i, code: 'git.disk_full', class: 'machine' },
  {
    // Over HTTP git says in one way that the answer did not come, and then why in the words of its library, which are many.
    pattern:
      /unable to access '\w+:\/\/|rpc failed|could not resolve host(?:name)?|name resolution|name or service not known|failed to connect|couldn't connect|timed out|connection (?:refused|reset|closed)|broken pipe|network is unreachable|no route to host|could not read from remote|early eof|unexpected disconnect|hung up|kex_exchange_identification/i,
    code: 'git.remote_unreachable',
    class: 'transient',
  },
];

/** A failure with a reason of its own, found by looking at what git answered. */
export class GitFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
    this.name = 'GitFailure';
  }
}

const UNKNOWN = { class: 'transient', code: 'git.failed' } as const;
const SYSTEM = { class: 'machine', code: SYSTEM_ERROR } as const;

/** The failure that an error of this folder stands for; anything else is a transient `git.failed`. */
export function failureOf(error: unknown): Failure {
  if (error instanceof GitFailure) return error.failure;
  if (error instanceof UnusableUser) return { class: 'machine', code: 'machine.user_unusable', message: error.message };
  const message = clip(error instanceof Error ? error.message : String(error), 1024) || 'git failed';
  if (!(error instanceof GitError)) {
    return isMachineError(codeOf(error)) ? { ...SYSTEM, message } : { ...UNKNOWN, message };
  }
  if (error.reason === 'start') return { class: 'machine', code: 'git.not_started', message };
  if (error.reason === 'timeout')
    return { class: 'transient', code: 'git.timeout', message: `git ${error.command} took too long` };
  const errors = errorsIn(error.stderr);
  const sign = SIGNS.find(({ pattern }) => pattern.test(errors));
  // The remote may be short of the same.
  const isHere = !error.stderr.includes('remote:') && saysMachineError(error.stderr);
  const isVague = sign === undefined || sign.code === 'git.remote_unreachable';
  if (isVague && isHere) return { ...SYSTEM, message };
  if (sign === undefined) return { ...UNKNOWN, message };
  const { class: kind, code, mend, pattern, remedy } = sign;
  const blamed = kind === 'machine' && !isHere ? 'transient' : kind;
  const groups = (pattern.exec(errors) ?? []).slice(1).filter((group) => group !== undefined);
  const said = remedy === undefined ? message : `${message}; ${remedy(...groups)}`;
  return { class: blamed, code, message: said, ...(mend !== undefined && { mend }) };
}

/** What git says of a repository on this disk whose objects or refs are damaged. */
const DAMAGED =
  /corrupt|unexpected line in|bad (?:object|tree)|missing (?:blob|tree|commit|object)|unable to (?:read|find)|could not (?:read|parse) (?:[0-9a-f]{7,}|tree|commit|object)|inflate|packfile|pack .* (?:bad|cannot|not)|index file .* (?:too small|corrupt)|invalid (?:sha1|object|tree)|not a (?:valid|git|tree)|failed to traverse|alternate object|object file .* is empty|loose object|broken/i;

export function isDamage(error: unknown): boolean {
  return error instanceof GitError && isOfThisDisk(error) && DAMAGED.test(error.stderr);
}

/** Nothing that the remote or the way there is to blame for. */
export function isOfThisDisk(error: unknown): boolean {
  const { code } = failureOf(error);
  return code === UNKNOWN.code || code === SYSTEM.code;
}
