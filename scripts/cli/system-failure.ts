// What the system refuses a command, such as a file of another user or a home directory that is read-only, as an error with what to do.

import { CommandError, codeOf, EXIT, messageOf } from './exit.js';

const OF_ANOTHER = 'Run it as the user who owns it, or correct its owner or permissions.';

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: OF_ANOTHER,
  EPERM: OF_ANOTHER,
  EROFS: 'Choose a place that can be written to: HOME, XDG_DATA_HOME and XDG_CONFIG_HOME move what the command keeps.',
  ENOSPC: 'Free some space there.',
  EDQUOT: 'Free some space there, or have the quota raised.',
};

/** Undefined for what is not about a file. */
export function refusedBySystem(thrown: unknown): CommandError | undefined {
  const code = codeOf(thrown);
  const remedy = REMEDIES[code];
  if (remedy === undefined || !(thrown instanceof Error && 'path' in thrown)) return undefined;
  const exit = code === 'ENOSPC' || code === 'EDQUOT' ? EXIT.failed : EXIT.notAllowed;
  return new CommandError(exit, 'system.refused', messageOf(thrown), { remedy, cause: thrown });
}
