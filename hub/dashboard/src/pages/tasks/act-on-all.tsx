// What can be done to everything that the filter matches, whether it is shown or not.

import { useSignal } from '@preact/signals';
import { ActDialog } from '../../bulk/act-dialog.js';
import { bulkTexts as texts } from '../../texts/bulk.js';
import { Menu, MenuItem } from '../../ui/menu.js';

export function ActOnAll({ q }: { readonly q: string }) {
  const asking = useSignal<'cancel' | 'retry' | undefined>(undefined);
  const ask = (action: 'cancel' | 'retry') => () => {
    asking.value = action;
  };
  return (
    <>
      <Menu label={texts.actOnAll} icon="dots">
        <MenuItem icon="retry" onClick={ask('retry')}>
          {texts.actions.retry}
        </MenuItem>
        <MenuItem icon="cancelled" tone="bad" onClick={ask('cancel')}>
          {texts.actions.cancel}
        </MenuItem>
      </Menu>
      {asking.value !== undefined && (
        <ActDialog
          action={asking.value}
          of={{ q }}
          onClose={() => {
            asking.value = undefined;
          }}
        />
      )}
    </>
  );
}
