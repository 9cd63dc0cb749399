// What can be done to everything that the filter matches, whether it is shown or not.

import { useSignal } from '@preact/signals';
import { type Act, ActDialog } from '../../bulk/act-dialog.js';
import { bulkTexts as texts } from '../../texts/bulk.js';
import { Menu, MenuItem } from '../../ui/menu.js';

export function ActOnAll({ q }: { readonly q: string }) {
  const asking = useSignal<Act | undefined>(undefined);
  const ask = (action: Act) => () => {
    asking.value = action;
  };
  return (
    <>
      <Menu label={texts.actOnAll} icon="dots" shown={<span class="wide-only">{texts.short}</span>}>
        <MenuItem icon="retry" onClick={ask('retry')}>
          {texts.actions.retry}
        </MenuItem>
        <MenuItem icon="up" onClick={ask('up')}>
          {texts.actions.up}
        </MenuItem>
        <MenuItem icon="down" onClick={ask('down')}>
          {texts.actions.down}
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
