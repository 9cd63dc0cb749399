// A line that makes a machine an agent of this hub.

import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { agentTexts as texts } from '../../texts/agents.js';
import { CopyLine } from '../../ui/copy-line.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form } from '../../ui/form.js';

export function JoinDialog({ onClose }: { readonly onClose: () => void }) {
  const line = useSignal<string | undefined>(undefined);
  return (
    <Dialog title={texts.join} onClose={onClose}>
      {line.value === undefined ? (
        <Form
          label={texts.join}
          onSend={async ({ name }) => {
            const body = name === undefined ? {} : { name };
            line.value = (await call('enrolment.create', { body })).joinCommand;
          }}
        >
          {(busy) => (
            <>
              <p>{texts.joinText}</p>
              <Field name="name" label={texts.joinName} hint={texts.joinNameHint} optional />
              <DialogFoot icon="plus" busy={busy}>
                {texts.joinMake}
              </DialogFoot>
            </>
          )}
        </Form>
      ) : (
        <>
          <p>{texts.joinRun}</p>
          <CopyLine text={line.value} />
          <p class="muted">{texts.joinHint}</p>
        </>
      )}
    </Dialog>
  );
}
