// One thing that waits: what and why, since when, and what can be done about it here.

import type { LiveNeed } from '@agentcom/schemas';
import { now } from '../../clock.js';
import { formatSpan } from '../../format.js';
import { may } from '../../session.js';
import { needsTexts as texts } from '../../texts/needs-you.js';
import { Button, LinkButton } from '../../ui/button.js';
import { Chip, SeverityChip } from '../../ui/chip.js';
import { CopyButton } from '../../ui/copy-line.js';
import { Icon, type IconName } from '../../ui/icon.js';
import { Menu, MenuItem } from '../../ui/menu.js';
import { Age } from '../../ui/time.js';
import { Told } from '../../ui/told.js';
import { groupHref } from '../dead-letters/letters.js';
import { repoName } from '../tasks/repo-name.js';
import { acknowledge } from './actions.js';
import { QuestionPart } from './question-part.js';

const ICONS: Readonly<Record<LiveNeed['kind'], IconName>> = {
  question: 'blocked',
  'dead-letters': 'dead',
  unmatched: 'queued',
  alert: 'alert',
  agent: 'agent',
  review: 'branch',
};
/** Less than this, the time that is left stands out, ms. */
const SOON_MS = 15 * 60_000;

interface NeedItemProps {
  readonly need: LiveNeed;
  readonly isGone: boolean;
  readonly isActive: boolean;
  readonly onSnooze: (hours: number) => void;
  readonly onRequeue: () => void;
}

export function NeedItem({ need, isGone, isActive, onSnooze, onRequeue }: NeedItemProps) {
  const { kind, title, agent, repo, since, until, severity } = need;
  const href = hrefOf(need);
  const where = [kind === 'agent' ? undefined : agent, repo && repoName(repo)].filter(Boolean).join(' · ');
  return (
    <li class={`need is-${kind}${isGone ? ' gone' : ''}${isActive ? ' active' : ''}`} data-row={need.id}>
      <span class="need-icon">
        <Icon name={ICONS[kind]} />
      </span>
      <div class="need-body">
        <div class="need-head">
          <h3>{href === undefined ? title : <a href={href}>{title}</a>}</h3>
          {severity !== undefined && <SeverityChip severity={severity} />}
          {where !== '' && <span class="muted">{where}</span>}
          <span class="push" />
          {until !== undefined && <TimeLeft until={until} />}
          <span class="muted">
            <Age at={since} />
          </span>
          {!isGone && (
            <Menu label={texts.snoozeOf(title)} icon="clock">
              <p class="menu-title">{texts.snooze}</p>
              {([1, 4, 24] as const).map((hours) => (
                <MenuItem key={hours} onClick={() => onSnooze(hours)}>
                  {texts.snoozeFor[hours]}
                </MenuItem>
              ))}
            </Menu>
          )}
        </div>
        {kind === 'question' ? (
          <QuestionPart need={need} isGone={isGone} />
        ) : (
          <>
            <p class="as-written">{need.why}</p>
            <p class="muted need-next">
              <Icon name="arrow" size={14} /> <Told text={need.next} />
            </p>
          </>
        )}
        {!isGone && kind !== 'question' && (
          <div class="actions">
            <NeedActions need={need} onRequeue={onRequeue} />
          </div>
        )}
        {!isGone && kind !== 'alert' && need.alert !== undefined && <SameCause alert={need.alert} />}
      </div>
    </li>
  );
}

function hrefOf({ kind, task, agent }: LiveNeed): string | undefined {
  if (task !== undefined) return `/tasks/${task}`;
  return kind === 'agent' && may('agents.read') ? `/agents?peek=${agent}` : undefined;
}

function TimeLeft({ until }: { readonly until: string }) {
  const left = Date.parse(until) - now.value;
  return (
    <Chip tone={left < SOON_MS ? 'warn' : 'neutral'} icon="clock">
      {left > 0 ? texts.timeLeft(formatSpan(left)) : texts.timeOver}
    </Chip>
  );
}

/** The alert that the row is about, too. */
function SameCause({ alert }: { readonly alert: NonNullable<LiveNeed['alert']> }) {
  return (
    <p class="muted same-cause">
      <a href={`/alerts?open=${alert.id}`}>{alert.rule}</a>
      <span class="grow">{alert.why}</span>
      {may('alerts.change') && (
        <Button icon="check" label={texts.acknowledgeOf(alert.rule)} onClick={() => void acknowledge(alert)}>
          {texts.acknowledge}
        </Button>
      )}
    </p>
  );
}

function NeedActions({ need, onRequeue }: { readonly need: LiveNeed; readonly onRequeue: () => void }) {
  const { kind, alert, agent, task, deadLetters, pullRequest } = need;
  if (kind === 'alert' && alert !== undefined) {
    return (
      <>
        {may('alerts.change') && (
          <Button kind="primary" icon="check" onClick={() => void acknowledge(alert)}>
            {texts.acknowledge}
          </Button>
        )}
        <LinkButton href={`/alerts?open=${alert.id}`}>{texts.openAlert}</LinkButton>
      </>
    );
  }
  if (kind === 'dead-letters' && deadLetters !== undefined) {
    return (
      <>
        {may('deadLetters.change') && (
          <Button kind="primary" icon="retry" onClick={onRequeue}>
            {texts.requeue}
          </Button>
        )}
        <LinkButton href={groupHref(deadLetters.id)}>{deadLetters.count === 1 ? texts.lookOne : texts.look}</LinkButton>
      </>
    );
  }
  if (kind === 'unmatched' && task !== undefined) return <LinkButton href={`/tasks/${task}`}>{texts.why}</LinkButton>;
  if (kind === 'agent' && agent !== undefined) {
    return <CopyButton text={`agentcom agent show ${agent}`} label={texts.copyShow} />;
  }
  if (kind === 'review' && pullRequest !== undefined) {
    return (
      <a class="button primary" href={pullRequest} target="_blank" rel="noreferrer">
        <Icon name="external" /> {texts.review}
      </a>
    );
  }
  return null;
}
