// Queues a task that has failed again, with what should be different.

import type { LiveTask } from '@agentcom/schemas';
import { LANES, type Lane } from '@agentcom/schemas/names';
import { call } from '../../api/client.js';
import { texts as common } from '../../texts/common.js';
import { taskPageTexts } from '../../texts/task.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Field, Form } from '../../ui/form.js';
import { toast } from '../../ui/toast.js';
import { type Asked, changesOf } from './requeue.js';

const texts = taskPageTexts.requeue;

interface RequeueDialogProps {
  readonly id: string;
  readonly task: LiveTask;
  readonly prompt: string;
  readonly onClose: () => void;
}

export function RequeueDialog({ id, task, prompt, onClose }: RequeueDialogProps) {
  const listed = (value: string | readonly string[] | undefined): string => [value ?? []].flat().join(', ');
  const before: Asked = {
    prompt,
    lane: task.lane,
    runner: listed(task.runner),
    model: listed(task.model),
    needs: task.needs.join(', '),
    maxAttempts: String(task.maxAttempts),
    budget: task.budget?.costMicros === undefined ? '' : String(task.budget.costMicros / 1_000_000),
    session: 'continue',
  };
  const lanes = LANES.map((lane: Lane) => [lane, common.shell.lanes[lane]] as const);
  return (
    <Dialog title={texts.title} onClose={onClose} large>
      <Form
        label={texts.title}
        onSend={async (values) => {
          const body = { ...changesOf(before, values), ifGeneration: task.generation };
          await call('task.retry', { path: { id }, body });
          toast(texts.done);
          onClose();
        }}
      >
        {(busy) => (
          <>
            <Field name="prompt" label={texts.prompt} value={prompt} rows={8} required />
            <div class="field-pair">
              <Field name="runner" label={texts.runner} hint={texts.runnerHint} value={before.runner} optional />
              <Field name="model" label={texts.model} hint={texts.runnerHint} value={before.model} optional />
              <Field name="lane" label={texts.lane} value={before.lane} choices={lanes} />
              <Field name="needs" label={texts.needs} value={before.needs} optional />
              <Field name="maxAttempts" label={texts.attempts} type="number" value={before.maxAttempts} required />
              <Field name="budget" label={texts.budget} hint={texts.budgetHint} value={before.budget} optional />
            </div>
            <Field
              name="session"
              label={texts.session}
              value={before.session}
              choices={Object.entries(texts.sessions)}
            />
            <div class="dialog-foot">
              <Button onClick={onClose}>{common.cancel}</Button>
              <Button type="submit" kind="primary" icon="retry" busy={busy}>
                {texts.submit}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}
