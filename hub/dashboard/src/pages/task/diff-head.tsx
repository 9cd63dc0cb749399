// How much a task has changed, as of when; while it may change more, the diff is asked for again.

import type { LiveTask, TaskDiff } from '@agentcom/schemas';
import { taskPageTexts } from '../../texts/task.js';
import { Button } from '../../ui/button.js';
import { Moment } from '../../ui/time.js';
import { Stat } from './diff-file.js';

const texts = taskPageTexts.diff;

interface DiffHeadProps {
  readonly diff: TaskDiff;
  readonly task: LiveTask;
  readonly onRefresh: () => void;
}

export function DiffHead({ diff: { files, added, removed, stage, at }, task, onRefresh }: DiffHeadProps) {
  return (
    <div class="diff-head">
      <b>{texts.sums(files)}</b>
      <Stat added={added} removed={removed} />
      <span class="muted">
        {stage === 'working' ? texts.working : texts.result} <Moment at={at} />
      </span>
      <span class="push" />
      {task.state !== 'completed' && (
        <Button icon="retry" onClick={onRefresh}>
          {texts.refresh}
        </Button>
      )}
    </div>
  );
}
