// Whoever has a session for a moment must not get the account with it: the password is asked for again.

import { accountTexts as texts } from '../../texts/account.js';
import { Field } from '../../ui/form.js';

export function Confirm() {
  return (
    <Field
      name="current"
      label={texts.confirm}
      hint={texts.confirmHint}
      type="password"
      autocomplete="current-password"
      optional
    />
  );
}
