// The address under which a machine that is to join reaches this hub. It goes into a shell command and a script, so nothing may stand in it
// that a shell would take for more than text; a caller can write anything into its Host header.

import { Refusal } from '../../core/refusal.js';

const ADDRESS = /^https?:\/\/[A-Za-z0-9._~:/%[\]-]+$/;

/** `publicUrl` where it is set, else as the caller reached the hub. */
export function hubAddress(publicUrl: string | undefined, origin: string): string | Refusal {
  const address = (publicUrl ?? origin).replace(/\/+$/, '');
  return ADDRESS.test(address) && URL.canParse(address)
    ? address
    : new Refusal('request.invalid', 'the Host header is not a valid address');
}
