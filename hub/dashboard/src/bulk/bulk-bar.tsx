// How far the change of many has come, with the way to stop it.

import { toApiError } from '../api/problem.js';
import { clockMode } from '../clock.js';
import { formatClock } from '../format.js';
import { bulkTexts as texts } from '../texts/bulk.js';
import { operationsTexts } from '../texts/operations.js';
import { Button } from '../ui/button.js';
import { toastError } from '../ui/toast.js';
import { bulkRun } from './bulk-run.js';
import './bulk.css';

export function BulkBar() {
  const state = bulkRun.state.value;
  if (state === undefined) return null;
  const { action, total, done, gone, failed, why, isUndo, undo } = state;
  const { isRunning } = bulkRun;
  const said = (isUndo ? texts.undone : texts.done[action])(done, total);
  const refused = (error: unknown): void => toastError(toApiError(error));
  const stop = (): void => void bulkRun.stop().catch(refused);
  const takeBack = (): void => void bulkRun.undo().catch(refused);
  return (
    <section class="bulk-bar" aria-label={said}>
      <progress max={Math.max(1, total)} value={total === 0 ? 1 : done + gone + failed} aria-label={said} />
      <b class="numbers">{said}</b>
      <span class="muted grow">
        {texts.states[state.state]} {gone > 0 && (isUndo ? texts.stay : texts.gone)(gone)}
      </span>
      {(failed > 0 || state.state === 'interrupted') && (
        <span class="bad-text">
          {failed > 0 && texts.failed(failed)} {why}
        </span>
      )}
      <a href="/operations">{operationsTexts.all}</a>
      {isRunning ? (
        <Button icon="halt" onClick={stop}>
          {texts.stop}
        </Button>
      ) : (
        <>
          {undo !== undefined && (
            <>
              <span class="muted">
                {texts.undoUntil(formatClock(Date.parse(undo.until), clockMode.value), undo.tasks, done)}
              </span>
              <Button onClick={takeBack}>{texts.undo}</Button>
            </>
          )}
          <Button kind="quiet" icon="cross" label={texts.dismiss} onClick={() => bulkRun.dismiss()} />
        </>
      )}
    </section>
  );
}
