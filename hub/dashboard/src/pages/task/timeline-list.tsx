// The timeline of a task: its attempts, and how long each step of them took.

import type { LiveTask, VerificationRun } from '@agentcom/schemas';
import { formatSpan } from '../../format.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { may } from '../../session.js';
import { taskPageTexts } from '../../texts/task.js';
import { Icon, type IconName } from '../../ui/icon.js';
import { Moment, Span } from '../../ui/time.js';
import { type Round, type Step, type StepKind, timelineOf } from './timeline.js';

const texts = taskPageTexts.timeline;

const ICONS: Readonly<Record<StepKind, IconName>> = {
  scheduled: 'clock',
  waiting: 'waiting',
  queued: 'queued',
  offered: 'arrow',
  run: 'working',
  asked: 'blocked',
  backoff: 'clock',
};

export function Timeline({ task }: { readonly task: LiveTask }) {
  const rounds = timelineOf(task);
  const first = task.attemptsDropped + 1;
  const numbers = new Map(task.attempts.map(({ generation }, i) => [generation, first + i]));
  return (
    <section class="timeline" aria-label={texts.title}>
      <h2>{texts.title}</h2>
      {task.historyDropped > 0 && <p class="muted">{texts.dropped(task.historyDropped)}</p>}
      <ol>
        {rounds.map((round, i) => (
          <RoundItem
            key={i}
            round={round}
            number={round.attempt && numbers.get(round.attempt.generation)}
            task={task}
            isLast={i === rounds.length - 1}
          />
        ))}
      </ol>
    </section>
  );
}

interface RoundProps {
  readonly round: Round;
  readonly number: number | undefined;
  readonly task: LiveTask;
  readonly isLast: boolean;
}

function RoundItem({ round: { attempt, steps }, number, task, isLast }: RoundProps) {
  const { error, halt } = attempt ?? {};
  const isCompleted = isLast && task.state === 'completed';
  const isLive = isLast && attempt !== undefined && attempt.endedAt === undefined && task.finishedAt === undefined;
  return (
    <li class="round">
      <h3>
        {number === undefined ? (task.finishedAt === undefined ? texts.next : texts.noAttempt) : texts.attempt(number)}
        {attempt !== undefined && <span class="muted"> · {attempt.agent}</span>}
        {attempt !== undefined && (
          <span class="muted end">
            <Span from={attempt.startedAt} to={attempt.endedAt ?? task.finishedAt} />
          </span>
        )}
      </h3>
      <ol class="steps">
        {steps.map((step) => (
          <StepItem key={step.from + step.kind} step={step} agent={attempt?.agent} />
        ))}
        {isLive && may('agents.read') && task.state === 'working' && <Phase agent={attempt.agent} />}
        {isCompleted && task.result?.verification?.map((run) => <CheckItem key={run.command} run={run} />)}
        {isCompleted && task.result?.branch !== undefined && (
          <li class="round-step good">
            <Icon name="branch" size={14} />
            <span class="clip">
              {texts.pushed} <code>{task.result.branch}</code>
            </span>
          </li>
        )}
        {error !== undefined && (
          <li class="round-step bad">
            <Icon name="dead" size={14} />
            <span>
              <code>{error.code}</code> {error.message}
              {attempt?.counted === false && <span class="muted"> ({texts.notCounted})</span>}
            </span>
          </li>
        )}
        {halt !== undefined && (
          <li class="round-step warn">
            <Icon name="halt" size={14} />
            <span>
              {texts.halted} {halt.reason}
            </span>
          </li>
        )}
        {attempt?.salvageRef !== undefined && (
          <li class="round-step">
            <Icon name="branch" size={14} />
            <span>
              {texts.left} <code>{attempt.salvageRef}</code>
            </span>
          </li>
        )}
      </ol>
    </li>
  );
}

interface StepProps {
  readonly step: Step;
  /** Of its attempt, whose name stands above. */
  readonly agent: string | undefined;
}

function StepItem({ step: { kind, from, to, detail }, agent }: StepProps) {
  return (
    <li class={`round-step${to === undefined ? ' now' : ''}`}>
      <Icon name={ICONS[kind]} size={14} />
      <span class="clip" title={detail}>
        {to === undefined ? texts.now[kind] : texts.kinds[kind]}
        {detail !== undefined && detail !== agent && kind !== 'backoff' && <span class="muted"> {detail}</span>}
      </span>
      <span class="end muted">
        <Span from={from} to={to} />
      </span>
      <span class="unseen">
        <Moment at={from} />
      </span>
    </li>
  );
}

/** What its sidecar does just now, by its last heartbeat, where the step does not say it already. */
function Phase({ agent }: { readonly agent: string }) {
  const { list } = useLive({ kind: 'agents', q: `name:${agent}`, limit: 1 });
  const phase = shownRows(list.value)[0]?.phase;
  if (phase === undefined || phase === 'running') return null;
  return (
    <li class="round-step now">
      <Icon name="arrow" size={14} />
      <span>{texts.phases[phase]}</span>
    </li>
  );
}

function CheckItem({ run: { command, exitCode, seconds, output } }: { readonly run: VerificationRun }) {
  const isFine = exitCode === 0;
  const ended = exitCode === undefined ? texts.signal : texts.exit(exitCode);
  return (
    <li class={`round-step ${isFine ? 'good' : 'bad'}`}>
      <Icon name={isFine ? 'done' : 'dead'} size={14} />
      <details class="check">
        <summary>
          {texts.check} <code>{command}</code> {!isFine && ended}
        </summary>
        <pre class="as-written">{output}</pre>
      </details>
      <span class="end muted numbers nowrap">{formatSpan(seconds * 1000)}</span>
    </li>
  );
}
