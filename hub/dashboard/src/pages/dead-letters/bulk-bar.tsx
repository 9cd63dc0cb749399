// How far the change of many has come, with the way to stop it.

import { deadTexts } from '../../texts/dead-letters.js';
import { Button } from '../../ui/button.js';
import { bulkRun } from './bulk-run.js';

const { run: texts } = deadTexts;

export function BulkBar() {
  const state = bulkRun.state.value;
  if (state === undefined) return null;
  const { kind, total, done, gone, failed, why } = state;
  const isRunning = state.state === 'running';
  const said = texts[kind](done, total);
  return (
    <section class="bulk-bar" aria-label={said}>
      <progress max={total} value={done + gone + failed} aria-label={said} />
      <b class="numbers">{said}</b>
      <span class="muted grow">
        {isRunning && texts.going} {state.state === 'stopped' && texts.stopped} {gone > 0 && texts.gone(gone)}
      </span>
      {failed > 0 && (
        <span class="bad-text">
          {texts.failed(failed)} {why}
        </span>
      )}
      {isRunning ? (
        <Button icon="halt" onClick={() => bulkRun.stop()}>
          {texts.stop}
        </Button>
      ) : (
        <Button kind="quiet" icon="cross" label={texts.dismiss} onClick={() => bulkRun.dismiss()} />
      )}
    </section>
  );
}
