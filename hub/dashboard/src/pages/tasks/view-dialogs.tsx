// Saves a view under a name, changes one, and lists those that one may change.

import type { SavedView } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { may } from '../../session.js';
import { viewTexts as texts } from '../../texts/saved-views.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { toast, toastError } from '../../ui/toast.js';

/** As the address has it. */
export type ShownView = { readonly [Part in 'q' | 'sort' | 'cols']?: string | undefined };

interface ViewDialogProps {
  /** Given, it is changed; else what is shown is saved. */
  readonly view?: SavedView;
  readonly of?: ShownView;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function ViewDialog({ view, of = {}, onClose, onDone }: ViewDialogProps) {
  const { q, cols } = view ?? of;
  const title = view === undefined ? texts.saveTitle : texts.renameOf(view.name);
  const send = async ({ name = '', shared }: Values): Promise<void> => {
    const said = { name, shared: shared === 'yes' };
    if (view === undefined) {
      await call('view.create', { body: { ...said, ...partsOf(of) } });
      toast(texts.saved(name));
    } else {
      await call('view.change', { path: { id: view.id }, body: said });
      toast(texts.changed(name));
    }
    onDone();
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="muted">
        {q === undefined || q === '' ? texts.all : <code>{q}</code>}
        {cols !== undefined && ` · ${cols}`}
      </p>
      <Form onSend={send} label={title}>
        {(busy) => (
          <>
            <Field name="name" label={texts.name} value={view?.name ?? ''} required autoFocus />
            {/* Who changes what is everybody's shares views, too. */}
            {may('deadLetters.change') && (
              <Field
                name="shared"
                label={texts.shared}
                value={view?.shared === true ? 'yes' : 'no'}
                choices={Object.entries(texts.sharedWith)}
              />
            )}
            <DialogFoot onCancel={onClose} busy={busy}>
              {texts.submit}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}

function partsOf({ q = '', sort = '', cols = '' }: ShownView): Pick<SavedView, 'q' | 'sort' | 'cols'> {
  return { ...(q !== '' && { q }), ...(sort !== '' && { sort }), ...(cols !== '' && { cols }) };
}

interface ManageProps {
  readonly views: readonly SavedView[];
  readonly onChange: (view: SavedView) => void;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function ManageViewsDialog({ views, onChange, onClose, onDone }: ManageProps) {
  const remove = ({ id, name }: SavedView): void => {
    call('view.delete', { path: { id } }).then(
      () => {
        toast(texts.deleted(name));
        onDone();
      },
      (cause: unknown) => toastError(toApiError(cause)),
    );
  };
  return (
    <Dialog title={texts.manageTitle} onClose={onClose}>
      <ul class="stack saved-views">
        {views
          .filter(({ mayChange }) => mayChange)
          .map((view) => (
            <li key={view.id}>
              <span class="clip grow" title={view.q}>
                {view.name} {view.shared && <span class="muted">{texts.isShared}</span>}
                <br />
                <span class="muted">{[view.q ?? texts.all, view.cols].filter(Boolean).join(' · ')}</span>
              </span>
              <Button label={texts.renameOf(view.name)} onClick={() => onChange(view)}>
                {texts.rename}
              </Button>
              <Button label={texts.deleteOf(view.name)} onClick={() => remove(view)}>
                {texts.delete}
              </Button>
            </li>
          ))}
      </ul>
    </Dialog>
  );
}
