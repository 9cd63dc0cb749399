// What is asked before an agent is drained, halted or removed.

import { call } from '../../api/client.js';
import { ApiError } from '../../api/problem.js';
import { agentTexts as texts } from '../../texts/agents.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form } from '../../ui/form.js';
import { HaltForm } from '../../ui/halt-form.js';
import { toast } from '../../ui/toast.js';

interface DialogProps {
  readonly name: string;
  readonly onClose: () => void;
}

export function DrainDialog({ name, onClose }: DialogProps) {
  return (
    <Dialog title={texts.drain.title(name)} onClose={onClose}>
      <p>{texts.drain.text}</p>
      <Form
        label={texts.drain.title(name)}
        onSend={async ({ reason }) => {
          await call('agent.drain', { path: { name }, body: reason === undefined ? {} : { reason } });
          toast(texts.drain.done(name));
          onClose();
        }}
      >
        {(busy) => (
          <>
            <Field name="reason" label={texts.drain.reason} optional autoFocus />
            <DialogFoot onCancel={onClose} busy={busy}>
              {texts.actions.drain}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}

export function HaltAgentDialog({ name, onClose }: DialogProps) {
  const title = texts.halt.title(name);
  return (
    <Dialog title={title} onClose={onClose}>
      <HaltForm
        label={title}
        scope={{ kind: 'agent', value: name }}
        onCancel={onClose}
        onHalted={() => {
          toast(texts.halt.done(name));
          onClose();
        }}
      />
    </Dialog>
  );
}

export function RemoveDialog({ name, onClose, onDone }: DialogProps & { readonly onDone: () => void }) {
  return (
    <Dialog title={texts.remove.title(name)} onClose={onClose}>
      <p>{texts.remove.text}</p>
      <Form
        label={texts.remove.title(name)}
        onSend={async ({ confirm }) => {
          const message = texts.remove.wrong(name);
          if (confirm !== name) throw new ApiError('request.invalid', 400, message, new Map([['/confirm', message]]));
          await call('agent.remove', { path: { name } });
          toast(texts.remove.done(name));
          onDone();
        }}
      >
        {(busy) => (
          <>
            <Field name="confirm" label={texts.remove.confirm(name)} required autoFocus />
            <DialogFoot onCancel={onClose} kind="danger" busy={busy}>
              {texts.actions.remove}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}
