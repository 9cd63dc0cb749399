// The task as the API gives it out.

import type { TaskState } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { taskPageTexts } from '../../texts/task.js';
import { CopyButton } from '../../ui/copy-line.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';

interface JsonTabProps {
  readonly id: string;
  /** It is asked for again when one of them has changed. */
  readonly generation: number;
  readonly state: TaskState;
}

export function JsonTab({ id, generation, state }: JsonTabProps) {
  const { value, error, reload } = useResource(
    (signal) => call('task.show', { path: { id }, signal }),
    [id, generation, state],
  );
  if (error.value !== undefined) return <ErrorNote error={error.value} onRetry={reload} />;
  if (value.value === undefined) return <SkeletonRows />;
  const text = JSON.stringify(value.value, null, 2);
  return (
    <div class="stack">
      <div class="actions">
        <CopyButton text={text} label={taskPageTexts.json.copy} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard. */}
      <section class="json" tabIndex={0} aria-label={taskPageTexts.tabs.json}>
        <pre>{text}</pre>
      </section>
    </div>
  );
}
