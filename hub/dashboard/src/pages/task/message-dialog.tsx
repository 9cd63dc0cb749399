// A message to the agent that works on the task.

import { useMemo } from 'preact/hooks';
import { call, newIdempotencyKey } from '../../api/client.js';
import { taskPageTexts } from '../../texts/task.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form } from '../../ui/form.js';
import { toast } from '../../ui/toast.js';

const texts = taskPageTexts.message;

export function MessageDialog({ agent, onClose }: { readonly agent: string; readonly onClose: () => void }) {
  return (
    <Dialog title={texts.title(agent)} onClose={onClose}>
      <MessageForm agent={agent} onSent={onClose} />
    </Dialog>
  );
}

export function MessageForm({ agent, onSent }: { readonly agent: string; readonly onSent: () => void }) {
  // Sent again after an answer was lost, it is one message.
  const idempotencyKey = useMemo(newIdempotencyKey, []);
  return (
    <Form
      label={texts.title(agent)}
      onSend={async ({ body = '' }) => {
        await call('message.send', { idempotencyKey, body: { to: `agent:${agent}`, body } });
        toast(texts.sent(agent));
        onSent();
      }}
    >
      {(busy) => (
        <>
          <Field name="body" label={texts.text} hint={texts.hint} rows={4} required />
          <DialogFoot icon="message" busy={busy}>
            {texts.send}
          </DialogFoot>
        </>
      )}
    </Form>
  );
}
