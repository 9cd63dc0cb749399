// The refusal to talk to a hub over http:// beyond this machine.

import { CommandError, EXIT } from './exit.js';

/** @param consent  how a person allows it, after "On a network that only you use," */
export function notEncrypted(hub: string, consent: string): CommandError {
  return new CommandError(EXIT.usage, 'settings.insecure', `${hub} is not encrypted; nothing was sent to it`, {
    remedy: `Use the hub's https:// address. On a network that only you use, ${consent}.`,
  });
}
