// Asks before tasks are cancelled, and why.

import type { TaskSummary } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { taskTexts as texts } from '../../texts/tasks.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { changeAll } from './change-all.js';

interface CancelDialogProps {
  readonly tasks: readonly Pick<TaskSummary, 'id' | 'title'>[];
  readonly onClose: () => void;
  readonly onDone?: () => void;
}

const NAMED = 5;

export function CancelDialog({ tasks, onClose, onDone }: CancelDialogProps) {
  const send = async ({ reason }: Values): Promise<void> => {
    const body = reason === undefined ? {} : { reason };
    await changeAll(tasks, (id) => call('task.cancel', { path: { id }, body }), texts.cancelled);
    onDone?.();
    onClose();
  };
  return (
    <Dialog title={texts.cancelTitle(tasks.length)} onClose={onClose}>
      <ul>
        {tasks.slice(0, NAMED).map(({ id, title }) => (
          <li key={id} class="clip">
            {title}
          </li>
        ))}
        {tasks.length > NAMED && <li class="muted">…</li>}
      </ul>
      <Form onSend={send} label={texts.cancelTitle(tasks.length)}>
        {(busy) => (
          <>
            <Field name="reason" label={texts.reason} hint={texts.reasonHint} optional autoFocus />
            <div class="dialog-foot">
              <Button onClick={onClose}>{texts.keep}</Button>
              <Button type="submit" kind="danger" busy={busy}>
                {texts.cancel}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}
