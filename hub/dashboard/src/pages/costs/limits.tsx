// The spend limits, with how much of each is used and what it holds back.

import type { LimitView, LimitWindowView } from '@agentcom/schemas';
import { LIMIT_SHARES } from '@agentcom/schemas/names';
import { useSignal } from '@preact/signals';
import { formatAmount } from '../../money.js';
import { may, me } from '../../session.js';
import { costTexts as texts } from '../../texts/costs.js';
import { Button } from '../../ui/button.js';
import { Chip, type Tone } from '../../ui/chip.js';
import { Moment } from '../../ui/time.js';
import { LimitDialog, RemoveDialog } from './limit-dialog.js';

const TONES: Readonly<Record<LimitView['level'], Tone>> = {
  open: 'good',
  warned: 'warn',
  closed: 'warn',
  reached: 'bad',
};

interface LimitsProps {
  readonly limits: readonly LimitView[];
  readonly names: Readonly<Record<string, string>>;
  readonly onChanged: () => void;
}

export function Limits({ limits, names, onChanged }: LimitsProps) {
  const changing = useSignal<LimitView | undefined>(undefined);
  const removing = useSignal<LimitView | undefined>(undefined);
  const nameOf = ({ scope: { kind, value } }: LimitView): string => {
    if (value === undefined || (kind === 'org' && value === me.value?.org)) return texts.scopes[kind].toLowerCase();
    return `${texts.scopes[kind].toLowerCase()} ${names[value] ?? value}`;
  };
  return (
    <section class="stack" aria-labelledby="limits">
      <h2 id="limits">{texts.limits}</h2>
      {limits.length === 0 && <p class="muted">{texts.limitsNone}</p>}
      {limits.length > 0 && (
        <ul class="limits">
          {limits.map((limit) => (
            <LimitRow
              key={nameOf(limit)}
              limit={limit}
              name={nameOf(limit)}
              onChange={() => {
                changing.value = limit;
              }}
              onRemove={() => {
                removing.value = limit;
              }}
            />
          ))}
        </ul>
      )}
      {changing.value && (
        <LimitDialog
          limit={changing.value}
          name={nameOf(changing.value)}
          currency={undefined}
          onDone={onChanged}
          onClose={() => {
            changing.value = undefined;
          }}
        />
      )}
      {removing.value && (
        <RemoveDialog
          limit={removing.value}
          name={nameOf(removing.value)}
          onDone={onChanged}
          onClose={() => {
            removing.value = undefined;
          }}
        />
      )}
    </section>
  );
}

interface LimitRowProps {
  readonly limit: LimitView;
  readonly name: string;
  readonly onChange: () => void;
  readonly onRemove: () => void;
}

function LimitRow({ limit, name, onChange, onRemove }: LimitRowProps) {
  const { windows, level, holdsBack, reserved, currency = '', by } = limit;
  const isOfHub = by === 'hub';
  const heldFor = reserved.costMicros > 0 ? formatAmount({ currency, costMicros: reserved.costMicros }) : undefined;
  return (
    <li class="limit">
      <div class="limit-head">
        <h3>{name.charAt(0).toUpperCase() + name.slice(1)}</h3>
        <Chip tone={TONES[level]} icon={level === 'open' ? 'check' : 'alert'}>
          {texts.levels[level]}
        </Chip>
        {holdsBack === 'reserved' && <Chip icon="waiting">{texts.reservedBack}</Chip>}
        <span class="push" />
        {isOfHub && <span class="muted">{texts.byHub}</span>}
        {may('limits.change') && !isOfHub && (
          <span class="actions">
            <Button label={texts.changeOf(name)} onClick={onChange}>
              {texts.change}
            </Button>
            <Button label={texts.removeOf(name)} kind="quiet" onClick={onRemove}>
              {texts.remove}
            </Button>
          </span>
        )}
      </div>
      {windows.map((window) => (
        <WindowRow key={window.window} window={window} currency={currency} />
      ))}
      {(heldFor !== undefined || reserved.tokens > 0) && (
        <p class="muted">{texts.reserved(heldFor ?? texts.tokens(reserved.tokens), reserved.tasks)}</p>
      )}
    </li>
  );
}

function WindowRow({ window, currency }: { readonly window: LimitWindowView; readonly currency: string }) {
  const { used, costMicros, tokens, share, until } = window;
  const percent = Math.floor(share * 100);
  const tone = share >= LIMIT_SHARES.reached ? 'bad' : share >= LIMIT_SHARES.warned ? 'warn' : 'good';
  const parts = [
    ...(costMicros === undefined
      ? []
      : [
          texts.used(
            formatAmount({ currency, costMicros: used.costMicros }),
            formatAmount({ currency, costMicros }),
            texts.windows[window.window],
          ),
        ]),
    ...(tokens === undefined
      ? []
      : [texts.used(texts.tokens(used.tokens), texts.tokens(tokens), texts.windows[window.window])]),
  ];
  const left = [
    ...used.otherCosts.map(formatAmount),
    ...(used.unknownCost > 0 ? [texts.unknownAttempts(used.unknownCost)] : []),
  ];
  return (
    <div class="window">
      <span class="numbers">{parts.join(' · ')}</span>
      <Meter percent={percent} tone={tone} />
      <span class="numbers end">{texts.share(share)}</span>
      <span class="muted until">{until !== undefined && <Until at={until} />}</span>
      {left.length > 0 && <span class="muted uncounted">{texts.notCounted(left.join(', '))}</span>}
    </div>
  );
}

function Until({ at }: { readonly at: string }) {
  return (
    <>
      {texts.anew} <Moment at={at} />
    </>
  );
}

/** The text beside it says the same. */
function Meter({ percent, tone }: { readonly percent: number; readonly tone: 'good' | 'warn' | 'bad' }) {
  return (
    <span class={`meter ${tone}`} aria-hidden="true">
      <span style={{ width: `${Math.min(100, percent)}%` }} />
    </span>
  );
}
