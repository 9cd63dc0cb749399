// From nothing to a first completed task: an agent joins, a task is submitted, and its result appears.

import type { LiveTask, LiveTaskWhy } from '@agentcom/schemas';
import { useComputed, useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { type ApiError, toApiError } from '../../api/problem.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { may } from '../../session.js';
import { startTexts as texts } from '../../texts/start.js';
import { useAddress } from '../../ui/address.js';
import { Button, LinkButton } from '../../ui/button.js';
import { AgentChip, TaskChip } from '../../ui/chip.js';
import { CopyLine } from '../../ui/copy-line.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Icon } from '../../ui/icon.js';
import { useResource } from '../../ui/resource.js';
import { Span } from '../../ui/time.js';
import { SubmitForm } from '../tasks/submit-form.js';
import './start.css';

export function StartPage() {
  const { query, change } = useAddress();
  const { list } = useLive({ kind: 'agents', limit: 20 });
  const agents = useComputed(() => shownRows(list.value));
  /** Whoever comes back finds the steps done, however that was. Asked once: what completes meanwhile takes nobody's form away. */
  const completed = useResource(
    (signal) => call('task.list', { query: { state: ['completed'], limit: 1 }, signal }),
    [],
  );
  const isLooking = completed.value.value === undefined && completed.error.value === undefined;
  const isAnother = useSignal(false);
  const task = isAnother.value ? undefined : (query.task ?? completed.value.value?.items[0]?.id);
  return (
    <div class="page start">
      <div class="stack">
        <h1>{texts.title}</h1>
        <p class="muted">{texts.lead}</p>
      </div>
      <ol class="steps">
        <Step n={1} title={texts.joinTitle} isDone={agents.value.length > 0}>
          {list.value.seq === undefined ? (
            <SkeletonRows rows={2} />
          ) : (
            <>
              {agents.value.map(({ name, state }) => (
                <p class="actions" key={name}>
                  <AgentChip state={state} /> <b>{name}</b>
                </p>
              ))}
              <JoinStep hasAgents={agents.value.length > 0} />
            </>
          )}
        </Step>
        <Step n={2} title={texts.submitTitle} isDone={task !== undefined}>
          {task === undefined && isLooking ? (
            <SkeletonRows rows={2} />
          ) : task === undefined ? (
            <>
              <p class="muted">{texts.submitText}</p>
              <SubmitForm
                onSubmitted={({ id }) => {
                  isAnother.value = false;
                  change({ task: id });
                }}
              />
            </>
          ) : (
            <Button icon="plus" onClick={() => (isAnother.value = true)}>
              {texts.another}
            </Button>
          )}
        </Step>
        {task === undefined ? (
          <Step n={3} title={texts.resultTitle} isDone={false}>
            <p class="muted">{texts.resultText}</p>
          </Step>
        ) : (
          <ResultStep key={task} id={task} />
        )}
      </ol>
    </div>
  );
}

interface StepProps {
  readonly n: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly children: preact.ComponentChildren;
}

function Step({ n, title, isDone, children }: StepProps) {
  return (
    <li class="step">
      <span class={`step-number${isDone ? ' done' : ''}`} aria-hidden="true">
        {isDone ? <Icon name="check" /> : n}
      </span>
      <div class="stack">
        <h2>{title}</h2>
        {children}
      </div>
    </li>
  );
}

function JoinStep({ hasAgents }: { readonly hasAgents: boolean }) {
  const line = useSignal<string | undefined>(undefined);
  const failed = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal(false);
  const make = async (): Promise<void> => {
    busy.value = true;
    failed.value = undefined;
    try {
      line.value = (await call('enrolment.create', { body: {} })).joinCommand;
    } catch (error) {
      failed.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  };
  if (!may('agents.invite')) return hasAgents ? null : <p class="muted">{texts.joinForbidden}</p>;
  return (
    <>
      {!hasAgents && <p class="muted">{texts.joinText}</p>}
      {failed.value && <ErrorNote error={failed.value} />}
      {line.value === undefined ? (
        <div class="actions">
          <Button kind={hasAgents ? 'plain' : 'primary'} icon="plus" busy={busy.value} onClick={() => void make()}>
            {texts.joinButton}
          </Button>
        </div>
      ) : (
        <>
          <p>{texts.joinRun}</p>
          <CopyLine text={line.value} />
          <p class="muted">{texts.joinHint}</p>
          {!hasAgents && (
            <p class="actions muted" role="status">
              <span class="pulse">
                <Icon name="waiting" />
              </span>
              {texts.joinWaiting}
            </p>
          )}
        </>
      )}
    </>
  );
}

function ResultStep({ id }: { readonly id: string }) {
  const { list, error } = useLive({ kind: 'task', task: id });
  const task = list.value.rows.get('task') as LiveTask | undefined;
  const why = list.value.rows.get('why') as LiveTaskWhy | undefined;
  return (
    <Step n={3} title={texts.resultTitle} isDone={task?.state === 'completed'}>
      {error.value !== undefined ? (
        <ErrorNote error={error.value} />
      ) : task === undefined ? (
        <SkeletonRows rows={3} />
      ) : (
        <Result id={id} task={task} why={why} />
      )}
    </Step>
  );
}

interface ResultProps {
  readonly id: string;
  readonly task: LiveTask;
  readonly why: LiveTaskWhy | undefined;
}

function Result({ id, task: { state, title, agent, createdAt, finishedAt, result }, why }: ResultProps) {
  return (
    <div class="card" aria-live="polite">
      <p class="actions">
        <TaskChip state={state} /> <b>{title}</b>
      </p>
      {state !== 'completed' && why?.reasons.map(({ code, message }) => <p key={code}>{message}</p>)}
      <dl class="facts">
        {agent !== undefined && (
          <>
            <dt>{texts.agent}</dt>
            <dd>{agent}</dd>
          </>
        )}
        {result?.branch !== undefined && (
          <>
            <dt>{texts.branch}</dt>
            <dd>
              <code>{result.branch}</code>
            </dd>
          </>
        )}
        <dt>{texts.took}</dt>
        <dd>
          <Span from={createdAt} to={finishedAt} />
        </dd>
        {result !== undefined && result.summary !== '' && (
          <>
            <dt>{texts.summary}</dt>
            <dd class="as-written">{result.summary}</dd>
          </>
        )}
      </dl>
      <div class="actions">
        <LinkButton href={`/tasks?peek=${id}`} icon="list">
          {texts.all}
        </LinkButton>
      </div>
    </div>
  );
}
