// Saves a view under a name, changes one, and lists those that one may change.

import type { SavedView } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
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
  /** Has the name that was typed, and may be replaced. */
  const taken = useSignal<SavedView | undefined>(undefined);
  const forget = (): void => {
    taken.value = undefined;
  };
  const done = (said: string): void => {
    toast(said);
    onDone();
    onClose();
  };
  const send = async ({ name = '', shared }: Values): Promise<void> => {
    const said = { name, shared: shared === 'yes' };
    forget();
    if (view !== undefined) {
      await call('view.change', { path: { id: view.id }, body: said });
      return done(texts.changed(name));
    }
    try {
      await call('view.create', { body: { ...said, ...partsOf(of) } });
    } catch (cause) {
      if (toApiError(cause).code === 'view.name_taken') taken.value = await viewCalled(name, said.shared);
      throw cause;
    }
    done(texts.saved(name));
  };
  const replace = ({ id, name }: SavedView): void => {
    const { q: asked = '', sort = '', cols: chosen = '' } = of;
    call('view.change', { path: { id }, body: { q: asked, sort, cols: chosen } }).then(
      () => done(texts.replaced(name)),
      (cause: unknown) => toastError(toApiError(cause)),
    );
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
            <Field name="name" label={texts.name} value={view?.name ?? ''} required autoFocus onInput={forget} />
            {/* Who changes what is everybody's shares views, too. */}
            {may('deadLetters.change') && (
              <Field
                name="shared"
                label={texts.shared}
                value={view?.shared === true ? 'yes' : 'no'}
                choices={Object.entries(texts.sharedWith)}
                onInput={forget}
              />
            )}
            {taken.value && <Taken view={taken.value} onReplace={replace} />}
            <DialogFoot onCancel={onClose} busy={busy}>
              {texts.submit}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}

interface TakenProps {
  readonly view: SavedView;
  readonly onReplace: (view: SavedView) => void;
}

function Taken({ view, onReplace }: TakenProps) {
  const { name, q, cols, shared } = view;
  return (
    <div class="note warn" role="status">
      <span>
        {texts.taken(name, shared)} <span class="muted">{[q ?? texts.all, cols].filter(Boolean).join(' · ')}</span>
      </span>
      <div class="actions">
        <Button onClick={() => onReplace(view)}>{texts.replace}</Button>
      </div>
    </div>
  );
}

/** As the hub tells names apart: among the own ones, or among those that are shared. Undefined where it may not be changed. */
async function viewCalled(name: string, isShared: boolean): Promise<SavedView | undefined> {
  const { items } = await call('view.list', { query: { limit: 200 } });
  return items.find(
    (view) => view.mayChange && view.shared === isShared && view.name.toLowerCase() === name.toLowerCase(),
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
