// Asks before tasks are cancelled, retried or moved, those of a query or these: how many, and why. The hub does it in the background.

import type { TaskActionBody, TaskSummary } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { bulkTexts as texts } from '../texts/bulk.js';
import { Dialog } from '../ui/dialog.js';
import { DialogFoot } from '../ui/dialog-foot.js';
import { ErrorNote } from '../ui/error-note.js';
import { Field, Form, type Values } from '../ui/form.js';
import { askedQuery } from '../ui/query-days.js';
import { bulkRun } from './bulk-run.js';
import { checkTyped, TypedCount, useCounted } from './counted.js';

export type Act = 'cancel' | 'retry' | 'up' | 'down';

interface ActDialogProps {
  readonly action: Act;
  /** What it is done to. */
  readonly of: { readonly tasks: readonly Pick<TaskSummary, 'id' | 'title'>[] } | { readonly q: string };
  readonly onClose: () => void;
  readonly onBegun?: () => void;
}

const NAMED = 5;

export function ActDialog({ action, of, onClose, onBegun }: ActDialogProps) {
  const named = 'tasks' in of ? of.tasks : undefined;
  const body: TaskActionBody = {
    ...(action === 'up' || action === 'down' ? { action: 'lane', to: action } : { action }),
    ...('tasks' in of ? { tasks: of.tasks.map(({ id }) => id) } : of.q !== '' && { q: askedQuery('tasks', of.q) }),
  };
  const { count: counted, error, reload } = useCounted(named === undefined ? body : undefined);
  const count = named?.length ?? counted;
  const title = texts.titles[action](count === 0 ? undefined : count);
  const isTooMany = (named?.length ?? 0) > LIMITS.actionTasksNamed;
  const send = async (values: Values): Promise<void> => {
    if (count === undefined) return;
    checkTyped(values, count);
    await bulkRun.start({ ...body, ...(values.reason !== undefined && { reason: values.reason }) });
    onBegun?.();
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {error && <ErrorNote error={error} onRetry={reload} />}
      {isTooMany && <p class="bad-text">{texts.tooMany(LIMITS.actionTasksNamed)}</p>}
      {count === undefined && error === undefined && <p class="muted">{texts.counting}</p>}
      {count === 0 && <p>{texts.nothing[action]}</p>}
      {'q' in of && <p class="muted">{of.q === '' ? texts.all : texts.matching(of.q)}</p>}
      {named !== undefined && (
        <ul>
          {named.slice(0, NAMED).map(({ id, title: one }) => (
            <li key={id} class="clip">
              {one}
            </li>
          ))}
          {named.length > NAMED && <li class="muted">…</li>}
        </ul>
      )}
      <Form onSend={send} label={title}>
        {(busy) => (
          <>
            {action === 'cancel' && (
              <Field name="reason" label={texts.reason} hint={texts.reasonHint} optional autoFocus />
            )}
            {count !== undefined && <TypedCount n={count} />}
            <DialogFoot
              onCancel={onClose}
              cancel={texts.keep}
              kind={action === 'cancel' ? 'danger' : 'primary'}
              busy={busy}
              disabled={count === undefined || count === 0 || isTooMany}
            >
              {texts.verbs[action]}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}
