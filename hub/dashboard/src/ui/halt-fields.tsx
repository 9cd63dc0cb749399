// What a halt of anything is asked for: how strong, why, and until when.

import { texts } from '../texts/common.js';
import { Field } from './form.js';

export function HaltFields() {
  const { strength, strengths, reason, reasonHint, until, untils } = texts.halt;
  return (
    <>
      <Field name="strength" label={strength} value="new" choices={Object.entries(strengths)} />
      <Field name="reason" label={reason} hint={reasonHint} required />
      <Field
        name="until"
        label={until}
        value="none"
        choices={Object.entries(untils).toSorted(([a], [b]) => (Number(a) || 0) - (Number(b) || 0))}
      />
    </>
  );
}
