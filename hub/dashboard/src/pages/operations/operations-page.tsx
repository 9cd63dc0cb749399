// What is done in the background as far as whoever looks may begin such: what it is about, by whom, what it came to, stopped and undone from here.

import { LIMITS } from '@agentcom/schemas/limits';
import { useSignal } from '@preact/signals';
import { operationsTexts as texts } from '../../texts/operations.js';
import { Button } from '../../ui/button.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { OperationLines } from './operations-part.js';
import { useOperations } from './use-operations.js';
import '../account/account.css';

const FIRST = 50;
/** What somebody else begins meanwhile is seen then. */
const REST_MS = 10_000;

export function OperationsPage() {
  const limit = useSignal(FIRST);
  const { items, error, reload } = useOperations({ limit: limit.value, restMs: REST_MS });
  return (
    <div class="page operations-page">
      <div class="page-head">
        <h1>{texts.title}</h1>
      </div>
      {error !== undefined && <ErrorNote error={error} onRetry={reload} />}
      {items === undefined && error === undefined && <SkeletonRows rows={6} />}
      {items?.length === 0 && (
        <Empty icon="clock" title={texts.none}>
          <p>{texts.noneText}</p>
          <a href="/tasks">{texts.toTasks}</a>
        </Empty>
      )}
      {items !== undefined && items.length > 0 && (
        <section class="card" aria-label={texts.title}>
          <p class="muted">{texts.text}</p>
          <OperationLines items={items} onChanged={reload} />
          {items.length === limit.value && limit.value < LIMITS.pageItems && (
            <div class="actions">
              <Button onClick={() => (limit.value = LIMITS.pageItems)}>{texts.showMore}</Button>
            </div>
          )}
        </section>
      )}
    </div>
  );
}
