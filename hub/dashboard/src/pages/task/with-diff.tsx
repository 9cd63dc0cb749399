// What a task has changed, or why that cannot be shown.

import type { LiveTask, TaskDiff } from '@agentcom/schemas';
import type { ComponentChildren } from 'preact';
import { call } from '../../api/client.js';
import { taskPageTexts } from '../../texts/task.js';
import { Button } from '../../ui/button.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';

const texts = taskPageTexts.noDiff;

interface WithDiffProps {
  readonly id: string;
  readonly task: LiveTask;
  readonly children: (diff: TaskDiff, reload: () => void) => ComponentChildren;
}

export function WithDiff(props: WithDiffProps) {
  const { task } = props;
  return isBegun(task) && task.repo !== undefined ? <Asked {...props} /> : <NoDiff task={task} />;
}

function Asked({ id, task, children }: WithDiffProps) {
  const { value, error, reload } = useResource(
    (signal) => call('task.diff', { path: { id }, signal }),
    [id, task.generation, task.state],
  );
  const failed = error.value;
  if (value.value === undefined && failed?.code === 'diff.not_found') return <NoDiff task={task} onRetry={reload} />;
  return (
    <>
      {failed && <ErrorNote error={failed} onRetry={reload} />}
      {value.value === undefined ? failed === undefined && <SkeletonRows rows={8} /> : children(value.value, reload)}
    </>
  );
}

/** Whether an agent may have changed anything yet. */
function isBegun({ generation, state }: LiveTask): boolean {
  return generation > (state === 'assigned' ? 1 : 0);
}

function NoDiff({ task, onRetry }: { readonly task: LiveTask; readonly onRetry?: () => void }) {
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
