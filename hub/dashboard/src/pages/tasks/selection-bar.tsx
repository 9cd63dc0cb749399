// What can be done with the selected tasks.

import type { TaskSummary } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { ActDialog } from '../../bulk/act-dialog.js';
import { may } from '../../session.js';
import { texts } from '../../texts/common.js';
import { taskTexts } from '../../texts/tasks.js';
import { Button } from '../../ui/button.js';
import type { Selection } from '../../ui/selection.js';
import { isCancellable, isRetryable } from './changes.js';

export function SelectionBar({
  rows,
  selection,
}: {
  readonly rows: readonly TaskSummary[];
  readonly selection: Selection;
}) {
  const asking = useSignal<'cancel' | 'retry' | undefined>(undefined);
  const chosen = rows.filter(({ id }) => selection.selected.value.has(id));
  const able = { retry: chosen.filter(isRetryable), cancel: chosen.filter(isCancellable) };
  const ask = (action: 'cancel' | 'retry') => () => {
    asking.value = action;
  };
  return (
    <div class="selection-bar" role="toolbar" aria-label={taskTexts.selected(chosen.length)}>
      <b class="numbers">{taskTexts.selected(chosen.length)}</b>
      {may('tasks.change') && (
        <>
          <Button icon="retry" disabled={able.retry.length === 0} onClick={ask('retry')}>
            {taskTexts.retry}
          </Button>
          <Button icon="cancelled" disabled={able.cancel.length === 0} onClick={ask('cancel')}>
            {taskTexts.cancel}
          </Button>
        </>
      )}
      <Button kind="quiet" icon="cross" label={texts.clear} onClick={() => selection.set([])} />
      {asking.value !== undefined && (
        <ActDialog
          action={asking.value}
          of={{ tasks: able[asking.value] }}
          onClose={() => {
            asking.value = undefined;
          }}
          onBegun={() => selection.set([])}
        />
      )}
    </div>
  );
}
