// Discards one dead letter, or all of a group, with a reason.

import type { DeadLetterGroup, TaskSummary } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { bulkRun } from '../../bulk/bulk-run.js';
import { checkTyped, TypedCount, useCounted } from '../../bulk/counted.js';
import { deadTexts as texts } from '../../texts/dead-letters.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { toast } from '../../ui/toast.js';
import { groupQuery } from './letters.js';

interface DiscardDialogProps {
  readonly group: DeadLetterGroup | undefined;
  /** Given, it alone is discarded. */
  readonly letter: Pick<TaskSummary, 'id' | 'title'> | undefined;
  readonly onClose: () => void;
}

export function DiscardDialog({ group, letter, onClose }: DiscardDialogProps) {
  const all = group && ({ action: 'discard', q: groupQuery(group) } as const);
  const { count: counted, error, reload } = useCounted(letter === undefined ? all : undefined);
  const count = letter === undefined ? counted : 1;
  const send = async (values: Values): Promise<void> => {
    const { reason } = values;
    if (letter !== undefined) {
      await call('dead.discard', { path: { id: letter.id }, body: { reason: reason ?? '' } });
      toast(texts.discarded(letter.title));
      return onClose();
    }
    if (count === undefined || all === undefined) return undefined;
    checkTyped(values, count);
    await bulkRun.start({ ...all, ...(reason !== undefined && { reason }) });
    return onClose();
  };
  return (
    <Dialog title={texts.discardTitle(count)} onClose={onClose}>
      {error && <ErrorNote error={error} onRetry={reload} />}
      {letter !== undefined && <p class="title">{letter.title}</p>}
      <p class="muted">{count === undefined ? texts.counting : texts.discardText}</p>
      <Form onSend={send} label={texts.discardTitle(count)}>
        {(busy) => (
          <>
            <Field name="reason" label={texts.reason} hint={texts.reasonHint} required autoFocus />
            {count !== undefined && <TypedCount n={count} />}
            <DialogFoot onCancel={onClose} kind="danger" busy={busy} disabled={count === undefined || count === 0}>
              {texts.discard}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}
