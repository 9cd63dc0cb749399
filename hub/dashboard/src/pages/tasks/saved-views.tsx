// The views that somebody has saved, with how many tasks each shows now; what is shown can be saved as one more.

import type { SavedView } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { call } from '../../api/client.js';
import { formatCount } from '../../format.js';
import { useLive } from '../../live/live.js';
import { may } from '../../session.js';
import { viewTexts as texts } from '../../texts/saved-views.js';
import { addressWith } from '../../ui/address.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Menu, MenuItem, MenuLink } from '../../ui/menu.js';
import { usePaged } from '../../ui/paged.js';
import { askedQuery } from '../../ui/query-days.js';
import { ManageViewsDialog, type ShownView, ViewDialog } from './view-dialogs.js';

/** Each count is a view of its own to the hub: more are listed without one. */
const COUNTED = 20;

type Over =
  | { readonly kind: 'save' }
  | { readonly kind: 'manage' }
  | { readonly kind: 'change'; readonly view: SavedView };

export function SavedViews({ of }: { readonly of: ShownView }) {
  const isOpen = useSignal(false);
  const over = useSignal<Over | undefined>(undefined);
  const list = usePaged((cursor, signal) => call('view.list', { query: { limit: 200, ...cursor }, signal }));
  const views = list.items.value;
  useEffect(() => {
    if (isOpen.value) list.reload();
  }, [isOpen.value]);
  /** A dialog that gives way to another is told that it has closed once that one is there. */
  const close = (kind: Over['kind']) => (): void => {
    if (over.value?.kind === kind) over.value = undefined;
  };
  return (
    <>
      <Menu
        label={texts.title}
        icon="list"
        shown={<span class="wide-only">{texts.short}</span>}
        onToggle={(next) => {
          isOpen.value = next;
        }}
      >
        <p class="menu-title">{texts.title}</p>
        {list.error.value && <ErrorNote error={list.error.value} onRetry={list.reload} />}
        {views?.length === 0 && <p class="menu-title">{texts.none}</p>}
        {views?.map((view, i) => (
          <MenuLink key={view.id} href={viewHref(view)}>
            <span class="clip grow">{view.name}</span>
            {view.shared && <span class="muted">{texts.isShared}</span>}
            <span class="end numbers">{isOpen.value && i < COUNTED && <Count view={view} />}</span>
          </MenuLink>
        ))}
        {may('views.manage') && (
          <>
            <hr class="menu-line" />
            <MenuItem icon="plus" onClick={() => (over.value = { kind: 'save' })}>
              {texts.save}
            </MenuItem>
            {views?.some(({ mayChange }) => mayChange) === true && (
              <MenuItem icon="dots" onClick={() => (over.value = { kind: 'manage' })}>
                {texts.manage}
              </MenuItem>
            )}
          </>
        )}
      </Menu>
      {over.value?.kind === 'save' && <ViewDialog of={of} onClose={close('save')} onDone={list.reload} />}
      {over.value?.kind === 'change' && (
        <ViewDialog view={over.value.view} onClose={close('change')} onDone={list.reload} />
      )}
      {over.value?.kind === 'manage' && (
        <ManageViewsDialog
          views={views ?? []}
          onClose={close('manage')}
          onDone={list.reload}
          onChange={(view) => {
            over.value = { kind: 'change', view };
          }}
        />
      )}
    </>
  );
}

export function viewHref({ q, sort, cols }: ShownView): string {
  return addressWith('/tasks', { q, sort, cols });
}

function Count({ view: { q } }: { readonly view: SavedView }) {
  const { list } = useLive({ kind: 'tasks', limit: 1, ...(q !== undefined && { q: askedQuery('tasks', q) }) });
  const { total } = list.value;
  return <>{total !== undefined && formatCount(total)}</>;
}
