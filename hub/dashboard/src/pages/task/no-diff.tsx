// Why nothing that a task has changed can be shown.

import type { LiveTask } from '@agentcom/schemas';
import { taskPageTexts } from '../../texts/task.js';
import { Button } from '../../ui/button.js';
import { Empty } from '../../ui/empty.js';

const texts = taskPageTexts.noDiff;

/** Whether an agent may have changed anything yet. */
export function isBegun({ generation, state }: LiveTask): boolean {
  return generation > (state === 'assigned' ? 1 : 0);
}

export function NoDiff({ task, onRetry }: { readonly task: LiveTask; readonly onRetry?: () => void }) {
  const isLive = task.state === 'working' || task.state === 'blocked';
  const why = task.repo === undefined ? 'repository' : !isBegun(task) ? 'begun' : isLive ? 'working' : 'kept';
  return (
    <Empty icon="branch" title={texts.title}>
      <p>{texts.why[why]}</p>
      {why === 'working' && onRetry !== undefined && (
        <Button icon="retry" onClick={onRetry}>
          {taskPageTexts.diff.refresh}
        </Button>
      )}
    </Empty>
  );
}
