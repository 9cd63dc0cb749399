// Goes back to a backup, once its id was typed.

import type { Backup } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { systemTexts as texts } from '../../texts/system.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { Age, Moment } from '../../ui/time.js';
import type { FollowedOperations } from '../operations/use-operations.js';

interface RestoreDialogProps {
  readonly backup: Backup;
  readonly operations: FollowedOperations;
  readonly onClose: () => void;
}

export function RestoreDialog({ backup: { id, createdAt }, operations, onClose }: RestoreDialogProps) {
  const send = async ({ confirm = '', reason }: Values): Promise<void> => {
    await operations.begin(() =>
      call('restore.create', { body: { backup: id, confirm, ...(reason !== undefined && { reason }) } }),
    );
    onClose();
  };
  return (
    <Dialog title={texts.restoreTitle} onClose={onClose} large>
      <p>{texts.restoreText}</p>
      <dl class="facts">
        <dt>{texts.restoreMade}</dt>
        <dd>
          <Moment at={createdAt} /> (<Age at={createdAt} /> ago)
        </dd>
        <dt>{texts.restoreId}</dt>
        <dd>
          <code class="id">{id}</code>
        </dd>
      </dl>
      <Form onSend={send} label={texts.restoreTitle}>
        {(busy) => (
          <>
            <Field name="confirm" label={texts.confirm} required autoFocus />
            <Field name="reason" label={texts.reason} hint={texts.reasonHint} optional />
            <DialogFoot onCancel={onClose} kind="danger" busy={busy}>
              {texts.restoreDo}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}
