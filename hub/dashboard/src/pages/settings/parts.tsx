// What several parts of the settings are made of: a question before something is taken away, a choice of several, and what is shown once.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { type ApiError, toApiError } from '../../api/problem.js';
import { texts as common } from '../../texts/common.js';
import { settingsTexts as texts } from '../../texts/settings.js';
import { Button } from '../../ui/button.js';
import { CopyLine } from '../../ui/copy-line.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import type { Values } from '../../ui/form.js';
import type { Paged } from '../../ui/paged.js';

interface SureProps {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  readonly onSure: () => Promise<void>;
  readonly onClose: () => void;
}

export function Sure({ title, text, label, onSure, onClose }: SureProps) {
  const failed = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal(false);
  const run = async (): Promise<void> => {
    busy.value = true;
    try {
      await onSure();
      onClose();
    } catch (cause) {
      failed.value = toApiError(cause);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {failed.value && <ErrorNote error={failed.value} />}
      <p>{text}</p>
      <DialogFoot onCancel={onClose} kind="danger" busy={busy.value} onDo={() => void run()}>
        {label}
      </DialogFoot>
    </Dialog>
  );
}

/** In a form each that is ticked is a value of its own: `name.choice`. */
export function Checks({
  name,
  label,
  hint,
  choices,
  chosen = [],
}: {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly choices: readonly (readonly [string, string])[];
  readonly chosen?: readonly string[];
}) {
  return (
    <fieldset class="checks">
      <legend>{label}</legend>
      {choices.map(([value, text]) => (
        <label key={value}>
          <input type="checkbox" name={`${name}.${value}`} value="yes" defaultChecked={chosen.includes(value)} /> {text}
        </label>
      ))}
      {hint !== undefined && <span class="hint">{hint}</span>}
    </fieldset>
  );
}

/** Those of `Checks` that are ticked. */
export function ticked<T extends string>(values: Values, name: string, choices: readonly T[]): readonly T[] {
  return choices.filter((choice) => values[`${name}.${choice}`] !== undefined);
}

/** What holds a secret, and is never shown again. */
export function Once({
  title,
  text,
  onClose,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}) {
  return (
    <Dialog title={title} onClose={onClose} large>
      {children}
      <CopyLine text={text} />
      <p class="muted">{texts.once}</p>
      <DialogFoot onDo={onClose}>{texts.done}</DialogFoot>
    </Dialog>
  );
}

/** What comes before and after the rows of a list. */
export function Rows<T>({
  list: { items, error, more, reload },
  children,
}: {
  readonly list: Paged<T>;
  readonly children: (items: readonly T[]) => ComponentChildren;
}) {
  if (error.value) return <ErrorNote error={error.value} onRetry={reload} />;
  if (items.value === undefined) return <SkeletonRows rows={3} />;
  return (
    <>
      {children(items.value)}
      {more && (
        <div class="actions">
          <Button onClick={more}>{texts.more}</Button>
        </div>
      )}
    </>
  );
}

export function roleChoices<T extends keyof typeof common.roles>(
  roles: readonly T[],
): readonly (readonly [T, string])[] {
  return roles.map((role) => [role, common.roles[role]]);
}
