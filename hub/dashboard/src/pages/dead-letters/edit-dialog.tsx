// Requeues one task as somebody has edited it: what may be different from here on, filled in with what there was.

import { LANES } from '@agentcom/schemas/names';
import { useMemo } from 'preact/hooks';
import { call, newIdempotencyKey } from '../../api/client.js';
import { texts as common } from '../../texts/common.js';
import { deadTexts as texts } from '../../texts/dead-letters.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { useResource } from '../../ui/resource.js';
import { toast } from '../../ui/toast.js';
import { requeueBody, valuesOf } from './edits.js';

interface EditDialogProps {
  readonly id: string;
  /** A dead letter is an operator's to requeue, a task of one's own its submitter's to retry. */
  readonly by: 'dead.requeue' | 'task.retry';
  readonly onClose: () => void;
}

export function EditDialog({ id, by, onClose }: EditDialogProps) {
  const { value, error, reload } = useResource((signal) => call('task.show', { path: { id }, signal }), [id]);
  // Sent again after an answer was lost, it requeues nothing twice.
  const idempotencyKey = useMemo(newIdempotencyKey, []);
  const task = value.value;
  const before = task === undefined ? {} : valuesOf(task);
  const failed = task?.attempts.at(-1)?.error;
  const send = async (values: Values): Promise<void> => {
    if (task === undefined) return;
    const body = { ...requeueBody(values, before), ifGeneration: task.generation };
    await call(by, { path: { id }, body, idempotencyKey });
    toast(texts.requeued(task.title));
    onClose();
  };
  const filled = (name: string): { readonly value?: string } =>
    before[name] === undefined || before[name] === '' ? {} : { value: before[name] };
  return (
    <Dialog title={texts.editTitle} onClose={onClose} large>
      {error.value && <ErrorNote error={error.value} onRetry={reload} />}
      {task === undefined && error.value === undefined && <SkeletonRows rows={5} />}
      {task !== undefined && (
        <>
          <p class="title">{task.title}</p>
          {failed !== undefined && (
            <div class="note bad">
              <span class="title">{failed.code}</span>
              <span class="as-written">{failed.message}</span>
            </div>
          )}
          <Form onSend={send} label={texts.editOf(task.title)}>
            {(busy) => (
              <>
                <Field name="prompt" label={texts.prompt} rows={7} required {...filled('prompt')} />
                <div class="columns">
                  <Field name="runner" label={texts.runner} hint={texts.runnerHint} optional {...filled('runner')} />
                  <Field name="model" label={texts.model} hint={texts.modelHint} optional {...filled('model')} />
                  <Field
                    name="lane"
                    label={texts.lane}
                    choices={LANES.map((lane) => [lane, common.shell.lanes[lane]])}
                    {...filled('lane')}
                  />
                  <Field name="session" label={texts.session} value="go" choices={Object.entries(texts.sessions)} />
                  <Field name="budget" label={texts.cost} hint={texts.costHint} optional {...filled('budget')} />
                  <Field
                    name="keepBudget"
                    label={texts.keepBudget}
                    value="no"
                    choices={Object.entries(texts.keepBudgets)}
                  />
                  <Field name="maxAttempts" label={texts.maxAttempts} optional {...filled('maxAttempts')} />
                  <Field name="runTimeoutSeconds" label={texts.minutes} optional {...filled('runTimeoutSeconds')} />
                  <Field name="needs" label={texts.needs} hint={texts.needsHint} optional {...filled('needs')} />
                </div>
                <DialogFoot onCancel={onClose} icon="retry" busy={busy}>
                  {texts.requeue}
                </DialogFoot>
              </>
            )}
          </Form>
        </>
      )}
    </Dialog>
  );
}
