// What can be done with the selected tasks.

import type { TaskSummary } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { may } from '../../session.js';
import { texts } from '../../texts/common.js';
import { taskTexts } from '../../texts/tasks.js';
import { Button } from '../../ui/button.js';
import type { Selection } from '../../ui/selection.js';
import { CancelDialog } from './cancel-dialog.js';
import { changeAll } from './change-all.js';
import { isCancellable, isRetryable } from './changes.js';

export function SelectionBar({
  rows,
  selection,
}: {
  readonly rows: readonly TaskSummary[];
  readonly selection: Selection;
}) {
  const isCancelling = useSignal(false);
  const chosen = rows.filter(({ id }) => selection.selected.value.has(id));
  const retryable = chosen.filter(isRetryable);
  const cancellable = chosen.filter(isCancellable);
  const retry = async (): Promise<void> => {
    await changeAll(retryable, (id) => call('task.retry', { path: { id }, body: {} }), taskTexts.retried);
    selection.set([]);
  };
  return (
    <div class="selection-bar" role="toolbar" aria-label={taskTexts.selected(chosen.length)}>
      <b class="numbers">{taskTexts.selected(chosen.length)}</b>
      {may('tasks.change') && (
        <>
          <Button icon="retry" disabled={retryable.length === 0} onClick={() => void retry()}>
            {taskTexts.retry}
          </Button>
          <Button
            icon="cancelled"
            disabled={cancellable.length === 0}
            onClick={() => {
              isCancelling.value = true;
            }}
          >
            {taskTexts.cancel}
          </Button>
        </>
      )}
      <Button kind="quiet" icon="cross" label={texts.clear} onClick={() => selection.set([])} />
      {isCancelling.value && (
        <CancelDialog
          tasks={cancellable}
          onClose={() => {
            isCancelling.value = false;
          }}
          onDone={() => selection.set([])}
        />
      )}
    </div>
  );
}
