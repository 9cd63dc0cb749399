// Discards one dead letter, or all of a group, with a reason.

import type { DeadLetterGroup, TaskSummary } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { deadTexts as texts } from '../../texts/dead-letters.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { toast } from '../../ui/toast.js';
import { bulkRun } from './bulk-run.js';
import { checkTyped, TypedCount, useCounted } from './counted.js';

interface DiscardDialogProps {
  readonly group: DeadLetterGroup | undefined;
  /** Given, it alone is discarded. */
  readonly letter: Pick<TaskSummary, 'id' | 'title'> | undefined;
  readonly onClose: () => void;
}

export function DiscardDialog({ group, letter, onClose }: DiscardDialogProps) {
  const { letters, error, reload, soFar } = useCounted(letter === undefined ? group : undefined);
  const count = letter === undefined ? letters?.length : 1;
  const discard = (id: string, reason = ''): Promise<unknown> =>
    call('dead.discard', { path: { id }, body: { reason } });
  const send = async (values: Values): Promise<void> => {
    const { reason } = values;
    if (letter !== undefined) {
      await discard(letter.id, reason);
      toast(texts.discarded(letter.title));
      return onClose();
    }
    if (letters === undefined) return undefined;
    checkTyped(values, letters.length);
    const change = ({ id }: { readonly id: string }): Promise<unknown> => discard(id, reason);
    if (!bulkRun.start({ kind: 'discard', items: letters, perMinute: 0, change })) {
      return toast(texts.run.busy, { tone: 'bad' });
    }
    return onClose();
  };
  return (
    <Dialog title={texts.discardTitle(count)} onClose={onClose}>
      {error && <ErrorNote error={error} onRetry={reload} />}
      {letter !== undefined && <p class="title">{letter.title}</p>}
      <p class="muted">{count === undefined ? texts.counting(soFar.value) : texts.discardText}</p>
      <Form onSend={send} label={texts.discardTitle(count)}>
        {(busy) => (
          <>
            <Field name="reason" label={texts.reason} hint={texts.reasonHint} required autoFocus />
            {count !== undefined && <TypedCount n={count} />}
            <div class="dialog-foot">
              <Button onClick={onClose}>{texts.cancel}</Button>
              <Button type="submit" kind="danger" busy={busy} disabled={count === undefined || count === 0}>
                {texts.discard}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}
