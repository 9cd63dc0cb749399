// One group of dead letters beside the list: what to do, and its letters, each to edit, requeue or discard.

import type { DeadLetterGroup, TaskSummary } from '@agentcom/schemas';
import { useComputed, useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { may } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { deadTexts as texts } from '../../texts/dead-letters.js';
import { Button } from '../../ui/button.js';
import { Chip } from '../../ui/chip.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Menu, MenuItem, MenuLink } from '../../ui/menu.js';
import { Age, Moment } from '../../ui/time.js';
import { toast, toastError } from '../../ui/toast.js';
import { Told } from '../../ui/told.js';
import { repoName } from '../tasks/repo-name.js';
import { DiscardDialog } from './discard-dialog.js';
import { EditDialog } from './edit-dialog.js';
import { groupQuery } from './letters.js';
import { RequeueDialog } from './requeue-dialog.js';

const ROWS = 100;

type Over =
  | { readonly kind: 'requeue' | 'discard' }
  | { readonly kind: 'edit' | 'discard'; readonly letter: TaskSummary };

interface GroupPanelProps {
  /** Undefined where there is none any more. */
  readonly group: DeadLetterGroup | undefined;
  readonly onClose: () => void;
}

export function GroupPanel({ group, onClose }: GroupPanelProps) {
  const over = useSignal<Over | undefined>(undefined);
  const close = (): void => {
    over.value = undefined;
  };
  const letter = over.value !== undefined && 'letter' in over.value ? over.value.letter : undefined;
  return (
    <aside class="peek" aria-label={texts.panel}>
      <div class="dialog-head">
        {group?.class === undefined ? <span /> : <Chip tone="bad">{group.class}</Chip>}
        <Button kind="quiet" icon="cross" label={common.close} onClick={onClose} />
      </div>
      <div class="dialog-body">
        {group === undefined ? (
          <>
            <h2>{texts.goneTitle}</h2>
            <p class="muted">{texts.goneText}</p>
          </>
        ) : (
          <>
            <About group={group} />
            {may('deadLetters.change') && (
              <div class="actions">
                <Button
                  kind="primary"
                  icon="retry"
                  onClick={() => {
                    over.value = { kind: 'requeue' };
                  }}
                >
                  {texts.requeueAll(group.count)}
                </Button>
                <Button
                  icon="cancelled"
                  onClick={() => {
                    over.value = { kind: 'discard' };
                  }}
                >
                  {texts.discardAll(group.count)}
                </Button>
              </div>
            )}
            <Letters
              group={group}
              onOver={(next) => {
                over.value = next;
              }}
            />
          </>
        )}
      </div>
      {over.value?.kind === 'requeue' && group !== undefined && <RequeueDialog group={group} onClose={close} />}
      {over.value?.kind === 'discard' && (group ?? letter) !== undefined && (
        <DiscardDialog group={group} letter={letter} onClose={close} />
      )}
      {over.value?.kind === 'edit' && letter !== undefined && (
        <EditDialog id={letter.id} by="dead.requeue" onClose={close} />
      )}
    </aside>
  );
}

function About({ group: { code, repo, runner, firstAt, lastAt, example, next } }: { readonly group: DeadLetterGroup }) {
  return (
    <>
      <div>
        <h2>{code}</h2>
        <p class="muted">
          {[repo && repoName(repo), runner].filter(Boolean).join(' · ')}
          {(repo ?? runner) !== undefined && ' · '}
          {texts.span} <Moment at={firstAt} /> · {texts.to} <Moment at={lastAt} />
        </p>
      </div>
      {next !== undefined && (
        <section class="note">
          <span class="title">{texts.what}</span>
          <span>
            <Told text={next} />
          </span>
        </section>
      )}
      {example.message !== undefined && (
        <section class="stack">
          <h3>{texts.example}</h3>
          <pre class="as-written">{example.message}</pre>
        </section>
      )}
    </>
  );
}

function Letters({ group, onOver }: { readonly group: DeadLetterGroup; readonly onOver: (over: Over) => void }) {
  const { list, error, hold } = useLive({
    kind: 'tasks',
    q: `state:dead ${groupQuery(group)}`,
    sort: 'ended',
    limit: ROWS,
  });
  const letters = useComputed(() => shownRows(list.value));
  const more = group.count - letters.value.length;
  const requeue = ({ id, title, generation }: TaskSummary): void => {
    call('dead.requeue', { path: { id }, body: { ifGeneration: generation } }).then(
      () => toast(texts.requeued(title)),
      (cause: unknown) => toastError(toApiError(cause)),
    );
  };
  if (error.value) return <ErrorNote error={error.value} />;
  if (list.value.seq === undefined) return <SkeletonRows rows={4} />;
  return (
    <section class="stack" aria-label={texts.letters(group.count)}>
      <h3>{texts.letters(group.count)}</h3>
      <ul class="letters" onPointerEnter={() => hold(true)} onPointerLeave={() => hold(false)}>
        {letters.value.map((letter) => (
          <li key={letter.id} class={list.value.gone.has(letter.id) ? 'gone' : ''}>
            <a class="clip grow" href={`/tasks/${letter.id}`} title={letter.title}>
              {letter.title}
            </a>
            <span class="muted">
              <Age at={letter.finishedAt ?? letter.createdAt} />
            </span>
            {may('deadLetters.change') && (
              <>
                <Button
                  icon="retry"
                  kind="quiet"
                  label={texts.requeueOf(letter.title)}
                  disabled={list.value.gone.has(letter.id)}
                  onClick={() => requeue(letter)}
                />
                <Menu label={`${common.more}: ${letter.title}`} icon="dots">
                  <MenuItem icon="retry" onClick={() => onOver({ kind: 'edit', letter })}>
                    {texts.edit}
                  </MenuItem>
                  <MenuLink href={`/tasks/${letter.id}`}>{texts.open}</MenuLink>
                  <MenuItem icon="cancelled" tone="bad" onClick={() => onOver({ kind: 'discard', letter })}>
                    {texts.discard}
                  </MenuItem>
                </Menu>
              </>
            )}
          </li>
        ))}
      </ul>
      {more > 0 && letters.value.length >= ROWS / 2 && <p class="muted">{texts.moreLetters(more)}</p>}
    </section>
  );
}
