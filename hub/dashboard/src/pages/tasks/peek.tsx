// One task beside the list: what it is, why it is where it is, and what can be done about it.

import type { LiveTask, LiveTaskTexts, LiveTaskWhy } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { useLive } from '../../live/live.js';
import { may } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { taskTexts as texts } from '../../texts/tasks.js';
import { Button, LinkButton } from '../../ui/button.js';
import { TaskChip } from '../../ui/chip.js';
import { CopyButton } from '../../ui/copy-line.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Moment } from '../../ui/time.js';
import { toast, toastError } from '../../ui/toast.js';
import { attemptText } from './attempt-text.js';
import { CancelDialog } from './cancel-dialog.js';
import { isCancellable, isRetryable } from './changes.js';

export function Peek({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { list, error } = useLive({ kind: 'task', task: id });
  const isCancelling = useSignal(false);
  const { rows } = list.value;
  const task = rows.get('task') as LiveTask | undefined;
  const written = rows.get('texts') as LiveTaskTexts | undefined;
  const why = rows.get('why') as LiveTaskWhy | undefined;
  const retry = (): void => {
    call('task.retry', { path: { id }, body: {} }).then(
      () => toast(texts.retried),
      (cause: unknown) => toastError(toApiError(cause)),
    );
  };
  return (
    <aside class="peek" aria-label={texts.peek}>
      <div class="dialog-head">
        {task && <TaskChip state={task.state} />}
        <span class="push" />
        <LinkButton href={`/tasks/${id}`}>{texts.open}</LinkButton>
        <Button kind="quiet" icon="cross" label={common.close} onClick={onClose} />
      </div>
      <div class="dialog-body">
        {error.value && <ErrorNote error={error.value} />}
        {task === undefined && error.value === undefined && <SkeletonRows />}
        {task !== undefined && (
          <>
            <h2>{task.title}</h2>
            {why !== undefined && why.reasons.length > 0 && (
              <ul class="stack" aria-label={texts.why}>
                {why.reasons.map(({ code, message, until }) => (
                  <li class="note" key={code + message}>
                    <span>
                      {message}
                      {until !== undefined && (
                        <span class="muted">
                          {' '}
                          (<Moment at={until} />)
                        </span>
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            )}
            {may('tasks.change') && (
              <div class="actions">
                {isRetryable(task) && (
                  <Button icon="retry" onClick={retry}>
                    {texts.retry}
                  </Button>
                )}
                {isCancellable(task) && (
                  <Button
                    icon="cancelled"
                    onClick={() => {
                      isCancelling.value = true;
                    }}
                  >
                    {texts.cancel}
                  </Button>
                )}
                <CopyButton text={`agentcom task show ${id}`} label={texts.copyCommand} />
              </div>
            )}
            <TaskFacts task={task} id={id} />
            {task.result !== undefined && task.result.summary !== '' && (
              <section class="stack">
                <h3>{texts.summary}</h3>
                <p class="as-written">{task.result.summary}</p>
              </section>
            )}
            {task.question !== undefined && (
              <section class="stack">
                <h3>{texts.question}</h3>
                <p class="as-written">{task.question.question}</p>
              </section>
            )}
            {written !== undefined && (
              <section class="stack">
                <h3>{texts.prompt}</h3>
                <pre class="as-written">{written.prompt}</pre>
              </section>
            )}
          </>
        )}
      </div>
      {isCancelling.value && task !== undefined && (
        <CancelDialog
          task={{ id, title: task.title }}
          onClose={() => {
            isCancelling.value = false;
          }}
        />
      )}
    </aside>
  );
}

function TaskFacts({ task, id }: { readonly task: LiveTask; readonly id: string }) {
  const { agent, lane, repo, createdAt, finishedAt, needs, result } = task;
  const facts = [
    [texts.columns.agent, agent],
    [texts.columns.lane, common.shell.lanes[lane]],
    [texts.columns.repo, repo?.url],
    [texts.columns.attempts, attemptText(task)],
    [texts.created, <Moment key="created" at={createdAt} />],
    [texts.finished, finishedAt && <Moment key="finished" at={finishedAt} />],
    [texts.needs, needs.length > 0 ? needs.join(', ') : undefined],
    [texts.branch, result?.branch && <code key="branch">{result.branch}</code>],
    [texts.commit, result?.commit && <code key="commit">{result.commit.slice(0, 12)}</code>],
    [
      texts.pullRequest,
      result?.pullRequest && (
        <a key="request" href={result.pullRequest} target="_blank" rel="noreferrer">
          {result.pullRequest}
        </a>
      ),
    ],
    [texts.id, <code key="id">{id}</code>],
  ] as const;
  return (
    <dl class="facts">
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ),
      )}
    </dl>
  );
}
