// How a halt is asked for: how strong, why and until when, beside what it is about, and how much that is now.

import type { HaltScope } from '@agentcom/schemas';
import type { ComponentChildren } from 'preact';
import { call } from '../api/client.js';
import { now } from '../clock.js';
import { texts } from '../texts/common.js';
import { DialogFoot } from './dialog-foot.js';
import { ErrorNote } from './error-note.js';
import { Field, Form, type Values } from './form.js';
import { useResource } from './resource.js';

/** Without a key for so long, the hub counts. */
const REST_MS = 300;

interface HaltFormProps {
  readonly label: string;
  /** Undefined while it is not all there. */
  readonly scope: HaltScope | undefined;
  readonly onCancel: () => void;
  readonly onHalted: () => void;
  /** Where what it is about is chosen. */
  readonly children?: ComponentChildren;
}

export function HaltForm({ label, scope, onCancel, onHalted, children }: HaltFormProps) {
  const { strength, strengths, reason, reasonHint, until, untils } = texts.halt;
  const halt = async (values: Values): Promise<void> => {
    if (scope === undefined) return;
    const seconds = Number(values.until);
    await call('halt.create', {
      body: {
        scope,
        strength: values.strength === 'running' ? 'running' : 'new',
        reason: values.reason ?? '',
        ...(seconds > 0 && { until: new Date(now.value + seconds * 1000).toISOString() }),
      },
    });
    onHalted();
  };
  return (
    <Form onSend={halt} label={label}>
      {(busy) => (
        <>
          {children}
          <div role="status">{scope && <Reach key={JSON.stringify(scope)} scope={scope} />}</div>
          <Field name="strength" label={strength} value="new" choices={Object.entries(strengths)} />
          <Field name="reason" label={reason} hint={reasonHint} required />
          <Field
            name="until"
            label={until}
            value="none"
            choices={Object.entries(untils).toSorted(([a], [b]) => (Number(a) || 0) - (Number(b) || 0))}
          />
          <DialogFoot onCancel={onCancel} kind="danger" icon="halt" busy={busy} disabled={scope === undefined}>
            {texts.halt.submit}
          </DialogFoot>
        </>
      )}
    </Form>
  );
}

/** Mounted anew for each scope, so that no count stands beside another one. */
function Reach({ scope }: { readonly scope: HaltScope }) {
  const { value, error } = useResource(async (signal) => {
    await rest(signal);
    return call('halt.reach', { query: scope, signal });
  }, []);
  if (error.value !== undefined) return <ErrorNote error={error.value} />;
  if (value.value === undefined) return <p class="muted">{texts.halt.counting}</p>;
  const { running, pending, unknown } = value.value;
  if (unknown === true) return <p class="note warn">{texts.halt.unknown}</p>;
  return <p class="note">{texts.halt.reach(running, pending)}</p>;
}

/** Rejects once the signal ends. */
function rest(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, REST_MS);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
