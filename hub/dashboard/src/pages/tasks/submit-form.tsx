// What one says to submit a task. What is left empty, the hub fills in.

import type { SubmittedTask, TaskSpec } from '@agentcom/schemas';
import { LANES, RUNNERS } from '@agentcom/schemas/names';
import { useMemo } from 'preact/hooks';
import { call, newIdempotencyKey } from '../../api/client.js';
import { clockMode } from '../../clock.js';
import { texts as common } from '../../texts/common.js';
import { startTexts as texts } from '../../texts/start.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form } from '../../ui/form.js';
import { MORE_FIELDS, specFrom, valuesOf } from './task-values.js';

interface SubmitFormProps {
  readonly onSubmitted: (task: SubmittedTask) => void;
  /** Without it there is nothing to cancel. */
  readonly onCancel?: () => void;
  /** What it begins with; of that, what no field shows is asked for as well. */
  readonly first?: TaskSpec;
}

export function SubmitForm({ onSubmitted, onCancel, first }: SubmitFormProps) {
  // Sent again after an answer was lost, it makes no second task.
  const idempotencyKey = useMemo(newIdempotencyKey, []);
  // As it was when the moment was typed.
  const mode = useMemo(() => clockMode.value, []);
  const values = useMemo(() => valuesOf(first ?? {}, mode), []);
  const isMore = MORE_FIELDS.some((name) => values[name] !== undefined && values[name] !== 'normal');
  const shared = (name: keyof typeof texts.fields) => ({
    name,
    label: texts.fields[name],
    ...(values[name] !== undefined && { value: values[name] }),
  });
  return (
    <Form
      label={texts.submitTitle}
      onSend={async (typed) => {
        onSubmitted(await call('task.submit', { idempotencyKey, body: specFrom(typed, mode, first) }));
      }}
    >
      {(busy) => (
        <>
          <Field {...shared('title')} required />
          <Field {...shared('prompt')} hint={texts.promptHint} rows={5} required />
          <Field {...shared('repo')} hint={texts.repoHint} optional placeholder="https://example.org/shop.git" />
          <Field {...shared('needs')} hint={texts.needsHint} optional />
          <details class="more" open={isMore}>
            <summary>{texts.more}</summary>
            <div class="form">
              <Field
                {...shared('lane')}
                value={values.lane ?? 'normal'}
                choices={LANES.map((lane) => [lane, common.shell.lanes[lane]])}
              />
              <Field {...shared('runner')} hint={texts.preferredHint} optional suggestions={RUNNERS} />
              <Field {...shared('model')} hint={texts.preferredHint} optional />
              <Field {...shared('labels')} hint={texts.labelsHint} optional placeholder="team=shop" />
              <Field {...shared('base')} hint={texts.baseHint} optional />
              <Field {...shared('verify')} hint={texts.verifyHint} optional rows={2} />
              <Field {...shared('budget')} hint={texts.budgetHint} optional />
              <Field {...shared('tokens')} hint={texts.tokensHint} optional />
              <Field {...shared('maxAttempts')} hint={texts.maxAttemptsHint} optional />
              <Field {...shared('runTimeoutSeconds')} hint={texts.timeLimitHint} optional />
              <Field {...shared('dependsOn')} hint={texts.dependsOnHint} optional />
              <Field {...shared('notBefore')} hint={texts.notBeforeHints[mode]} optional type="datetime-local" />
            </div>
          </details>
          <DialogFoot busy={busy} {...(onCancel && { onCancel })}>
            {texts.submit}
          </DialogFoot>
        </>
      )}
    </Form>
  );
}
