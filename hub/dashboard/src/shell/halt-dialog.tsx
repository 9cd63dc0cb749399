// Halts work and resumes it. The reason is shown to everybody who asks why a task waits.

import type { HaltView } from '@agentcom/schemas';
import { type HaltKind, RUNNERS } from '@agentcom/schemas/names';
import { useSignal } from '@preact/signals';
import { call } from '../api/client.js';
import { toApiError } from '../api/problem.js';
import { overview } from '../live/live.js';
import { may, me } from '../session.js';
import { texts } from '../texts/common.js';
import { Button } from '../ui/button.js';
import { Chip } from '../ui/chip.js';
import { Dialog } from '../ui/dialog.js';
import { Field } from '../ui/form.js';
import { HaltForm } from '../ui/halt-form.js';
import { Age, Moment } from '../ui/time.js';
import { toast, toastError } from '../ui/toast.js';
import { haltScope } from './halt-scope.js';
import { useHaltTargets } from './halt-targets.js';

/** In the order in which they are offered. */
const KINDS: readonly HaltKind[] = ['org', 'repo', 'runner', 'label', 'agent', 'fleet'];

export function HaltDialog({ onClose }: { readonly onClose: () => void }) {
  const halts = overview.value?.halts ?? [];
  return (
    <Dialog title={texts.halt.title} onClose={onClose}>
      <section class="stack">
        <h3>{texts.halt.inForce}</h3>
        {halts.length === 0 && <p class="muted">{texts.halt.nothing}</p>}
        {halts.map((halt) => (
          <Halt key={halt.id} {...halt} />
        ))}
      </section>
      {may('halts.change') && <NewHalt onClose={onClose} />}
    </Dialog>
  );
}

function Halt({ id, scope, strength, reason, by, since, until }: HaltView) {
  // Whose organisation runs the hub sees by name who has halted.
  const isOfHub = by === 'hub';
  const end = (): void => {
    call('halt.end', { path: { id } }).then(
      () => toast(texts.halt.ended),
      (error: unknown) => toastError(toApiError(error)),
    );
  };
  return (
    <div class="card">
      <div class="actions">
        <Chip tone="warn" icon="halt">
          {texts.halt.value[scope.kind]}
        </Chip>
        {scope.value !== undefined && <b>{scope.value}</b>}
        <span class="muted">
          <Age at={since} /> · {texts.halt.stops[strength]}
          {until !== undefined && (
            <>
              {` · ${texts.halt.ends} `}
              <Moment at={until} />
            </>
          )}
        </span>
      </div>
      <p>{reason}</p>
      {isOfHub ? (
        <p class="muted">{texts.halt.ofHub}</p>
      ) : (
        may('halts.change') && (
          <div class="actions">
            <Button icon="play" onClick={end}>
              {texts.halt.end}
            </Button>
          </div>
        )
      )}
    </div>
  );
}

function NewHalt({ onClose }: { readonly onClose: () => void }) {
  const kind = useSignal<HaltKind>('org');
  const value = useSignal('');
  const known = useHaltTargets();
  // What concerns the hub itself is there for its own organisation alone.
  const runsHub = may('metrics.read');
  const kinds = KINDS.filter((one) => one !== 'fleet' || runsHub).map((one) => [one, texts.halt.kinds[one]] as const);
  const choose = (chosen: string): void => {
    kind.value = chosen as HaltKind;
    value.value = chosen === 'runner' ? RUNNERS[0] : '';
  };
  const type = (typed: string): void => {
    value.value = typed;
  };
  return (
    <section class="stack">
      <h3>
        {texts.halt.new} <span class="muted">({me.value?.org})</span>
      </h3>
      <HaltForm
        label={texts.halt.new}
        scope={haltScope(kind.value, value.value)}
        onCancel={onClose}
        onHalted={() => {
          toast(texts.halt.done);
          onClose();
        }}
      >
        <Field name="kind" label={texts.halt.kind} value={kind.value} choices={kinds} onInput={choose} />
        <Which key={kind.value} kind={kind.value} known={known[kind.value] ?? []} onInput={type} />
      </HaltForm>
    </section>
  );
}

interface WhichProps {
  readonly kind: HaltKind;
  /** To choose from. */
  readonly known: readonly string[];
  readonly onInput: (value: string) => void;
}

/** Named as the hub names it, so that what it says of it stands beside it. */
function Which({ kind, known, onInput }: WhichProps) {
  // Where there is but one organisation, or nobody says which there are, it is the caller's own.
  if (kind === 'fleet' || (kind === 'org' && known.length < 2)) return null;
  const label = texts.halt.value[kind];
  if (kind === 'runner') {
    return <Field name="scope" label={label} choices={RUNNERS.map((name) => [name, name])} onInput={onInput} />;
  }
  return (
    <Field
      name="scope"
      label={label}
      hint={texts.halt.valueHints[kind]}
      suggestions={known}
      required={kind !== 'org'}
      optional={kind === 'org'}
      onInput={onInput}
    />
  );
}
