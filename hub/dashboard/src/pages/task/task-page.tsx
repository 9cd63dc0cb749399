// All of one task: where it is and why, what has happened, and what there is of it.

import type { DiffComment, LiveTask, LiveTaskTexts, LiveTaskWhy } from '@agentcom/schemas';
import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { lazy, useLocation, useRoute } from 'preact-iso';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { useLive } from '../../live/live.js';
import { organisations, switchOrganisation } from '../../session.js';
import { taskPageTexts as texts } from '../../texts/task.js';
import { useAddress } from '../../ui/address.js';
import { Button } from '../../ui/button.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';
import { toastError } from '../../ui/toast.js';
import { EventsTab } from './events-tab.js';
import { JsonTab } from './json-tab.js';
import { LogTab } from './log/log-tab.js';
import { PromptTab } from './prompt-tab.js';
import { QuestionsTab } from './questions-tab.js';
import { Tabs } from './tabs.js';
import { TaskHead } from './task-head.js';
import { Timeline } from './timeline-list.js';
import '../tasks/tasks.css';
import './task.css';

const DiffTab = lazy(() => import('./diff-tab.js').then((module) => module.DiffTab));

const FilesTab = lazy(() => import('./files/files-tab.js').then((module) => module.FilesTab));

const ID_CHARS = 36;
/** Of the tasks that part of an id could mean, so many are named. */
const LIKE_IT = 5;

const TABS = ['log', 'diff', 'files', 'questions', 'prompt', 'events', 'json'] as const;
type Tab = (typeof TABS)[number];

export function TaskPage() {
  const { id = '' } = useRoute().params;
  return id.length === ID_CHARS ? <OneTask key={id} id={id} /> : <PartOfId key={id} part={id.toLowerCase()} />;
}

/** As lists and the command show ids. */
function PartOfId({ part }: { readonly part: string }) {
  const { route } = useLocation();
  const { value, error } = useResource(
    (signal) => call('task.list', { query: { id: part, limit: LIKE_IT }, signal }),
    [part],
  );
  const tasks = value.value?.items;
  const only = tasks?.length === 1 ? tasks[0] : undefined;
  useEffect(() => {
    if (only !== undefined) route(`/tasks/${only.id}${location.search}`, true);
  }, [only]);
  if (tasks?.length === 0) return <MissingHere />;
  if (tasks === undefined || only !== undefined) return <NotThere error={error.value} />;
  return (
    <Empty icon="search" title={texts.several(part)} isPage>
      <ul class="stack">
        {tasks.map(({ id, title }) => (
          <li key={id}>
            <a href={`/tasks/${id}`}>{title}</a> <code>{id}</code>
          </li>
        ))}
      </ul>
    </Empty>
  );
}

function OneTask({ id }: { readonly id: string }) {
  const { list, error } = useLive({ kind: 'task', task: id });
  const { query, change } = useAddress();
  const { rows } = list.value;
  const task = rows.get('task') as LiveTask | undefined;
  const written = rows.get('texts') as LiveTaskTexts | undefined;
  const why = rows.get('why') as LiveTaskWhy | undefined;
  /** Kept here, since the tab of the diff goes when another one is chosen. */
  const comments = useSignal<readonly DiffComment[]>([]);
  /** The tab that the page came with: what happens changes none under somebody's hands. */
  const first = useRef<Tab | undefined>(undefined);
  if (task === undefined) return <NotThere error={error.value} />;
  // What waits for an answer is first of all a question.
  first.current ??= task.question === undefined ? 'log' : 'questions';
  const tab = TABS.find((one) => one === query.tab) ?? first.current;
  return (
    <div class="page task-page">
      {error.value && <ErrorNote error={error.value} />}
      <TaskHead id={id} task={task} written={written} why={why} />
      <div class="task-body">
        <Timeline task={task} />
        <section class="task-tabs" aria-label={texts.tabs.label}>
          <Tabs
            tabs={TABS}
            current={tab}
            nameOf={(one) => texts.tabs[one]}
            countOf={(one) => (one === 'questions' && task.question !== undefined ? 1 : 0)}
            onChoose={(one) => change({ tab: one === first.current ? undefined : one, file: undefined })}
          />
          <div class="tab-panel" role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`}>
            <Panel tab={tab} id={id} task={task} written={written} comments={comments} />
          </div>
        </section>
      </div>
    </div>
  );
}

interface PanelProps {
  readonly tab: Tab;
  readonly id: string;
  readonly task: LiveTask;
  readonly written: LiveTaskTexts | undefined;
  readonly comments: Signal<readonly DiffComment[]>;
}

function Panel({ tab, id, task, written, comments }: PanelProps) {
  switch (tab) {
    case 'log':
      return <LogTab id={id} task={task} />;
    case 'diff':
      return <DiffTab id={id} task={task} comments={comments} />;
    case 'files':
      return <FilesTab id={id} task={task} />;
    case 'questions':
      return <QuestionsTab id={id} task={task} />;
    case 'prompt':
      return <PromptTab written={written} />;
    case 'events':
      return <EventsTab task={task} />;
    case 'json':
      return <JsonTab id={id} generation={task.generation} state={task.state} />;
  }
}

function NotThere({ error }: { readonly error: Parameters<typeof ErrorNote>[0]['error'] | undefined }) {
  // The page asks for nothing but the task: what is wrong with that is the id in its address.
  if (error?.code === 'request.invalid') return <Missing />;
  if (error?.code === 'task.not_found') return <MissingHere />;
  return <div class="page">{error === undefined ? <SkeletonRows rows={10} /> : <ErrorNote error={error} />}</div>;
}

function Missing({ children }: { readonly children?: ComponentChildren }) {
  return (
    <Empty icon="search" title={texts.missing} isPage>
      {children}
      <p>
        <a href="/tasks">{texts.back}</a>
      </p>
    </Empty>
  );
}

function MissingHere() {
  return (
    <Missing>
      <Elsewhere />
    </Missing>
  );
}

/** An address of another organisation says nothing of whose it is, and the hub tells nobody who is not there. */
function Elsewhere() {
  const { current = '', all } = organisations();
  const others = all.filter(({ isCurrent }) => !isCurrent);
  if (others.length === 0) return null;
  const look = (org: string): void => {
    switchOrganisation(org, () => location.pathname + location.search).catch((error: unknown) =>
      toastError(toApiError(error)),
    );
  };
  return (
    <>
      <p>{texts.elsewhere(current)}</p>
      <div class="actions">
        {others.map(({ org, name }) => (
          <Button key={org} onClick={() => look(org)}>
            {texts.lookIn(name)}
          </Button>
        ))}
      </div>
    </>
  );
}
