// Which failures before an agent has begun say something of the machine that they came up on, beyond their class.

/** One repository cannot be had from here. No reason to keep the machine from tasks for others. */
export const OF_ONE_REPOSITORY: ReadonlySet<string> = new Set(['git.remote_unreachable', 'git.timeout']);

/** Permanent as far as the machine can tell, but another one may have the credentials, the program or the file. */
export const MAY_BE_OF_ONE_MACHINE: ReadonlySet<string> = new Set([
  ...['git.auth', 'git.not_found', 'git.push_denied', 'git.lfs_missing'],
  ...['command.not_started', 'setup.file_missing', 'verify.not_found'],
]);
