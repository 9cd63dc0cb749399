// Which failures before an agent has begun say something of the machine that they came up on, beyond their class.

/** One task cannot be started from here now: its remote, its repository, its set-up commands. No reason to keep the machine from others. */
export const OF_ONE_TASK: ReadonlySet<string> = new Set([
  ...['git.remote_unreachable', 'git.timeout', 'git.failed', 'git.busy'],
  ...['runner.killed', 'runner.lost', 'sidecar.internal'],
]);

/** Permanent as far as the machine can tell, but another one may have the credentials, the program or the file, or allow it. */
export const MAY_BE_OF_ONE_MACHINE: ReadonlySet<string> = new Set([
  ...['git.auth', 'git.not_found', 'git.push_denied', 'git.lfs_missing', 'git.dubious_ownership'],
  ...['command.not_started', 'setup.file_missing', 'verify.not_found'],
  // What a machine allows, its own settings say.
  ...['git.not_allowed', 'verify.not_allowed'],
]);
