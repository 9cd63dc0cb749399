// One alert: what is wrong, since when and how far past its limit, who has taken it on, and what can be done about it here.

import type { AlertView } from '@agentcom/schemas';
import { NOISE_REASONS, type NoiseReason } from '@agentcom/schemas/names';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { may, me } from '../../session.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import { Button } from '../../ui/button.js';
import { nameOfCaller } from '../../ui/callers.js';
import { Chip, SeverityChip } from '../../ui/chip.js';
import { Icon } from '../../ui/icon.js';
import { Menu, MenuItem } from '../../ui/menu.js';
import { Age, Moment } from '../../ui/time.js';
import { toast, toastError } from '../../ui/toast.js';
import { Told } from '../../ui/told.js';
import { acknowledge } from '../needs-you/actions.js';
import { formatAmount } from './amounts.js';
import { HistoryBlocks } from './history-blocks.js';
import { Runbook } from './runbook.js';

const NAMED = 3;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface AlertCardProps {
  readonly alert: AlertView;
  readonly isActive: boolean;
  readonly isGone: boolean;
  /** Its runbook is shown. */
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onSilence: () => void;
  readonly onEdit: () => void;
}

export function AlertCard({ alert, isActive, isGone, isOpen, onToggle, onSilence, onEdit }: AlertCardProps) {
  const { id, rule, state, severity, since, resolvedAt, value, limit, unit, why, next, outcome, history } = alert;
  const shownRule = useSignal(rule);
  const isOver = state === 'resolved';
  return (
    <li class={`alert is-${severity}${isActive ? ' active' : ''}${isGone ? ' gone' : ''}`} data-row={id}>
      <div class="alert-head">
        <SeverityChip severity={severity} />
        <h2>{rule}</h2>
        <Marks alert={alert} />
        <span class="push" />
        <HistoryBlocks history={history} />
        <span class="muted nowrap">
          {isOver && resolvedAt !== undefined ? (
            <>
              {texts.resolvedAt} <Moment at={resolvedAt} />
            </>
          ) : (
            <Age at={since} />
          )}
        </span>
      </div>
      <p class="as-written">{why}</p>
      <p class="muted alert-figures">
        <span class="numbers">{texts.limitOf(formatAmount(value, unit), formatAmount(limit, unit))}</span>
        <Subjects alert={alert} />
      </p>
      {outcome !== undefined && <p class="muted">{outcome}</p>}
      {next !== undefined && !isOver && (
        <p class="need-next muted">
          <Icon name="arrow" size={14} /> <Told text={next} />
        </p>
      )}
      <div class="actions">
        {may('alerts.change') && !isOver && !isGone && (
          <>
            {alert.acknowledged === undefined && state === 'firing' && (
              <Button kind="primary" icon="check" onClick={() => void acknowledge(alert)}>
                {texts.acknowledge}
              </Button>
            )}
            {alert.silenced === undefined && (
              <Button icon="clock" onClick={onSilence}>
                {texts.silence}
              </Button>
            )}
          </>
        )}
        <Button icon="list" expanded={isOpen} onClick={onToggle}>
          {isOpen ? texts.hideRunbook : texts.runbook}
        </Button>
        {may('config.change') && <Button onClick={onEdit}>{texts.thresholds}</Button>}
        {may('alerts.change') && alert.noise === undefined && (
          <Menu label={`${texts.noise}: ${rule}`} icon="dots">
            <p class="menu-title">{texts.noise}</p>
            {NOISE_REASONS.map((reason) => (
              <MenuItem key={reason} onClick={() => void markAsNoise(alert, reason)}>
                {texts.noises[reason]}
              </MenuItem>
            ))}
          </Menu>
        )}
      </div>
      {isOpen && (
        <Runbook
          rule={shownRule.value}
          onRule={(other) => {
            shownRule.value = other;
          }}
        />
      )}
    </li>
  );
}

async function markAsNoise({ id, rule }: AlertView, reason: NoiseReason): Promise<void> {
  await call('alert.noise', { path: { id }, body: { reason } }).then(
    () => toast(texts.marked(rule)),
    (error: unknown) => toastError(toApiError(error)),
  );
}

function Marks({ alert }: Pick<AlertCardProps, 'alert'>) {
  const { state, clearing, acknowledged, silenced, mutedBy, noise } = alert;
  return (
    <>
      {state === 'pending' && <Chip icon="waiting">{texts.pending}</Chip>}
      {clearing !== undefined && (
        <Chip icon="waiting" title={texts.clearingTitle}>
          {texts.clearing}
        </Chip>
      )}
      {acknowledged !== undefined && (
        <Chip tone="good" icon="check" {...(acknowledged.note !== undefined && { title: acknowledged.note })}>
          {texts.acknowledgedBy(nameOfCaller(acknowledged, me.value?.caller))}
        </Chip>
      )}
      {silenced !== undefined && <Chip icon="clock">{texts.silenced}</Chip>}
      {mutedBy !== undefined && <Chip icon="arrow">{texts.mutedBy(mutedBy)}</Chip>}
      {noise !== undefined && (
        <Chip icon="cross" title={texts.noises[noise.reason]}>
          {texts.noiseBy(nameOfCaller(noise, me.value?.caller))}
        </Chip>
      )}
    </>
  );
}

function Subjects({ alert: { subjects, count } }: { readonly alert: AlertView }) {
  const named = subjects.slice(0, NAMED);
  if (named.length === 0) return null;
  return (
    <span>
      {named.map(({ kind, id, name }, i) => (
        <span key={`${kind} ${id}`}>
          {i > 0 && ', '}
          {kind === 'task' ? (
            <a href={`/tasks/${id}`} title={name}>
              {shortName(name)}
            </a>
          ) : (
            name
          )}
        </span>
      ))}{' '}
      {count > named.length && texts.more(count - named.length)}
    </span>
  );
}

/** Of a task the end of its id, by which the command takes it as well. */
function shortName(name: string): string {
  return UUID.test(name) ? name.slice(-8) : name;
}
