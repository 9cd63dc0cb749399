// Asks before a task is cancelled, and why.

import type { TaskSummary } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { taskTexts as texts } from '../../texts/tasks.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { toast } from '../../ui/toast.js';

interface CancelDialogProps {
  readonly task: Pick<TaskSummary, 'id' | 'title'>;
  readonly onClose: () => void;
}

export function CancelDialog({ task: { id, title }, onClose }: CancelDialogProps) {
  const send = async ({ reason }: Values): Promise<void> => {
    await call('task.cancel', { path: { id }, body: reason === undefined ? {} : { reason } });
    toast(texts.cancelled);
    onClose();
  };
  return (
    <Dialog title={texts.cancelTitle} onClose={onClose}>
      <p class="title">{title}</p>
      <Form onSend={send} label={texts.cancelTitle}>
        {(busy) => (
          <>
            <Field name="reason" label={texts.reason} hint={texts.reasonHint} optional autoFocus />
            <DialogFoot onCancel={onClose} cancel={texts.keep} kind="danger" busy={busy}>
              {texts.cancel}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}
