// What a task has changed, file by file, and comments on its lines: a message to the agent at work, or the prompt of a follow-up task.

import type { DiffComment, LiveTask, TaskDiff } from '@agentcom/schemas';
import { sectionsOf } from '@agentcom/schemas/diff-lines';
import { type Signal, useSignal } from '@preact/signals';
import { useLayoutEffect, useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { may } from '../../session.js';
import { taskPageTexts } from '../../texts/task.js';
import { useAddress } from '../../ui/address.js';
import { Button } from '../../ui/button.js';
import { CopyLine } from '../../ui/copy-line.js';
import { toast, toastError } from '../../ui/toast.js';
import { DiffFileView } from './diff-file.js';
import { DiffHead } from './diff-head.js';
import { WithDiff } from './with-diff.js';

const texts = taskPageTexts.diff;
/** Lines that are shown at once; files beyond them open when somebody asks. */
const LINES_OPEN = 1_500;

interface DiffTabProps {
  readonly id: string;
  readonly task: LiveTask;
  /** Not sent yet. */
  readonly comments: Signal<readonly DiffComment[]>;
}

export function DiffTab({ id, task, comments }: DiffTabProps) {
  return (
    <WithDiff id={id} task={task}>
      {(diff, reload) => (
        <>
          <DiffView diff={diff} task={task} comments={comments} onRefresh={reload} />
          {comments.value.length > 0 && <CommentBar id={id} task={task} diff={diff} comments={comments} />}
        </>
      )}
    </WithDiff>
  );
}

interface DiffViewProps {
  readonly diff: TaskDiff;
  readonly task: LiveTask;
  readonly comments: Signal<readonly DiffComment[]>;
  readonly onRefresh: () => void;
}

function DiffView({ diff, task, comments, onRefresh }: DiffViewProps) {
  const { items, leftOut } = diff;
  const { file: wanted } = useAddress().query;
  const sections = useMemo(() => sectionsOf(diff.text), [diff.text]);
  const shown = useMemo(() => {
    let lines = 0;
    return items.map((item) => {
      const hunks = sections.find(({ names }) => names.includes(item.path))?.hunks;
      const count = hunks?.reduce((sum, hunk) => sum + hunk.length, 0) ?? 0;
      lines += count;
      return { item, hunks, count, isOpen: lines <= LINES_OPEN || item.path === wanted };
    });
  }, [items, sections]);
  const wantedAt = items.findIndex(({ path }) => path === wanted);
  useLayoutEffect(() => document.getElementById(`diff-${wantedAt}`)?.scrollIntoView(), [wantedAt]);
  return (
    <div class="diff">
      <DiffHead diff={diff} task={task} onRefresh={onRefresh} />
      {leftOut !== undefined && (
        <>
          <p class="note warn">{texts.leftOut(leftOut.lines, leftOut.files)}</p>
          <CopyLine text={`agentcom task diff ${diff.task} --full`} />
        </>
      )}
      {may('tasks.answer') && <p class="muted">{texts.hint}</p>}
      {shown.map(({ item, hunks, count, isOpen }, i) => (
        <DiffFileView
          key={item.path}
          id={`diff-${i}`}
          file={item}
          hunks={hunks}
          count={count}
          isOpen={isOpen}
          comments={comments}
        />
      ))}
    </div>
  );
}

interface CommentBarProps {
  readonly id: string;
  readonly task: LiveTask;
  readonly diff: TaskDiff;
  readonly comments: Signal<readonly DiffComment[]>;
}

function CommentBar({ id, task, diff, comments }: CommentBarProps) {
  const busy = useSignal(false);
  const { route } = useLocation();
  const isLive = task.state === 'working' || task.state === 'blocked';
  const mayFollow = task.state === 'completed' && may('tasks.submit');
  const send = async (as: 'message' | 'task'): Promise<void> => {
    busy.value = true;
    try {
      const body = { comments: [...comments.value], as, attempt: diff.generation };
      const { agent, task: followUp } = await call('task.comment', { path: { id }, body });
      comments.value = [];
      if (followUp === undefined) toast(texts.sent(agent ?? ''));
      else toast(texts.submitted, { undo: { label: texts.open, run: () => route(`/tasks/${followUp}`) } });
    } catch (error) {
      toastError(toApiError(error));
    } finally {
      busy.value = false;
    }
  };
  return (
    <div class="selection-bar" role="toolbar" aria-label={texts.count(comments.value.length)}>
      <b class="numbers">{texts.count(comments.value.length)}</b>
      {isLive && (
        <Button kind="primary" icon="message" busy={busy.value} onClick={() => void send('message')}>
          {texts.toAgent}
        </Button>
      )}
      {mayFollow && (
        <Button kind="primary" icon="plus" busy={busy.value} onClick={() => void send('task')}>
          {texts.toTask}
        </Button>
      )}
      {!isLive && !mayFollow && <span class="muted">{texts.cannot}</span>}
    </div>
  );
}
