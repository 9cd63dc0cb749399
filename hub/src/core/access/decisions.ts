// All that is decided about access.

import { enrolmentDecisions } from './enrolments.js';
import { identityDecisions } from './identities.js';
import { keyDecisions } from './keys.js';
import { passkeyDecisions } from './passkeys.js';
import { peopleDecisions } from './people.js';
import { sessionDecisions } from './sessions.js';
import { tokenDecisions } from './tokens.js';
import { totpDecisions } from './totp.js';

export const accessDecisions = {
  ...peopleDecisions,
  ...keyDecisions,
  ...tokenDecisions,
  ...totpDecisions,
  ...passkeyDecisions,
  ...identityDecisions,
  ...sessionDecisions,
  ...enrolmentDecisions,
};
