// What the hub does in the background: what runs with its progress and a way to stop it, and what came of the last ones with a way to undo them.

import type { Operation } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { bulkRun } from '../../bulk/bulk-run.js';
import { clockMode } from '../../clock.js';
import { formatClock } from '../../format.js';
import { me } from '../../session.js';
import { bulkTexts } from '../../texts/bulk.js';
import { operationsTexts as texts } from '../../texts/operations.js';
import { Button } from '../../ui/button.js';
import { Chip, type Tone } from '../../ui/chip.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import type { IconName } from '../../ui/icon.js';
import { Age, Span } from '../../ui/time.js';
import { toastError } from '../../ui/toast.js';
import { Section } from '../account/section.js';
import { beingUndone, isOpen, outcomeOf, shareOf, targetOf, titleOf, whoBegan } from './operations.js';
import type { FollowedOperations } from './use-operations.js';
import './operations.css';

const STATES: Readonly<Record<Operation['state'], readonly [Tone, IconName]>> = {
  waiting: ['neutral', 'waiting'],
  running: ['accent', 'working'],
  done: ['good', 'done'],
  failed: ['bad', 'dead'],
  stopped: ['neutral', 'cancelled'],
};
const FEW = 5;
/** What took less is not said. */
const LONG_MS = 1_000;

export function OperationsPart({ operations }: { readonly operations: FollowedOperations }) {
  const { items, error, reload } = operations;
  const isAll = useSignal(false);
  const isAway = error?.status === 0 || error?.status === 503;
  const isRestoring = items?.some((one) => one.kind === 'restore' && isOpen(one)) === true;
  const shown = items?.filter((one, i) => isAll.value || i < FEW || isOpen(one));
  return (
    <Section title={texts.title} text={texts.ofHubText}>
      {error !== undefined && !(isAway && isRestoring) && <ErrorNote error={error} onRetry={reload} />}
      {isAway && isRestoring && (
        <p class="note warn" role="status">
          {texts.restarting}
        </p>
      )}
      {shown === undefined && error === undefined && <SkeletonRows rows={3} />}
      {shown?.length === 0 && <p class="muted">{texts.none}</p>}
      {shown !== undefined && shown.length > 0 && <OperationLines items={shown} onChanged={reload} />}
      {(items?.length ?? 0) > (shown?.length ?? 0) && (
        <div class="actions">
          <Button onClick={() => (isAll.value = true)}>{texts.showMore}</Button>
        </div>
      )}
    </Section>
  );
}

interface OperationLinesProps {
  readonly items: readonly Operation[];
  readonly onChanged: () => void;
}

export function OperationLines({ items, onChanged }: OperationLinesProps) {
  const undoing = beingUndone(items);
  return (
    <ul class="lines operations">
      {items.map((operation) => (
        <Line key={operation.id} operation={operation} isUndoing={undoing.has(operation.id)} onChanged={onChanged} />
      ))}
    </ul>
  );
}

interface LineProps extends Pick<OperationLinesProps, 'onChanged'> {
  readonly operation: Operation;
  readonly isUndoing: boolean;
}

function Line({ operation, isUndoing, onChanged }: LineProps) {
  const { id, state, startedAt, endedAt, tasks, undo } = operation;
  const title = titleOf(operation);
  const [tone, icon] = STATES[state];
  const changing = useSignal(false);
  const change = async (ask: () => Promise<unknown>): Promise<void> => {
    changing.value = true;
    try {
      await ask();
      onChanged();
    } catch (error) {
      toastError(toApiError(error));
    } finally {
      changing.value = false;
    }
  };
  const stop = () => change(() => call('operation.stop', { path: { id }, body: {} }));
  const takeBack = () => change(() => bulkRun.undo(id));
  const said = outcomeOf(operation).join(' · ');
  return (
    <li>
      <span class="grow">
        <b>{title}</b>{' '}
        <Chip tone={tone} icon={icon}>
          {texts.states[state]}
        </Chip>
        <Target operation={operation} />
        {said !== '' && <span class={`operation-line${state === 'failed' ? ' bad-text' : ''}`}>{said}</span>}
        <span class="operation-line muted">
          <Age at={startedAt} /> ago · {whoBegan(operation, me.value?.caller)}
          {endedAt !== undefined && Date.parse(endedAt) - Date.parse(startedAt) >= LONG_MS && (
            <>
              {' · '}
              <Span from={startedAt} to={endedAt} />
            </>
          )}
          {tasks?.reason !== undefined && <> · {tasks.reason}</>}
        </span>
        {state === 'running' && <Progress operation={operation} />}
      </span>
      {endedAt === undefined && (
        <Button icon="halt" label={texts.stopOf(title)} busy={changing.value} onClick={() => void stop()}>
          {texts.stop}
        </Button>
      )}
      {undo !== undefined && !isUndoing && (
        <>
          <span class="muted">
            {bulkTexts.undoUntil(formatClock(Date.parse(undo.until), clockMode.value), undo.tasks, tasks?.changed)}
          </span>
          <Button label={texts.undoOf(title)} busy={changing.value} onClick={() => void takeBack()}>
            {texts.undo}
          </Button>
        </>
      )}
    </li>
  );
}

function Target({ operation }: { readonly operation: Operation }) {
  const target = targetOf(operation);
  if (target === undefined) return null;
  const { text, q } = target;
  return (
    <span class={`operation-line${operation.backup === undefined ? '' : ' id'}`}>
      {text}{' '}
      {q !== undefined && (
        <a class="id" href={`/tasks?q=${encodeURIComponent(q)}`}>
          {q}
        </a>
      )}
    </span>
  );
}

function Progress({ operation }: { readonly operation: Operation }) {
  const share = shareOf(operation);
  const label = titleOf(operation);
  return (
    <span class="progress-line">
      <progress aria-label={label} max={1} value={share} />
      <span class="numbers muted">{share !== undefined && texts.percent(share)}</span>
    </span>
  );
}
