// Sets the spend limit of a scope, or raises one that there is.

import type { LimitView } from '@agentcom/schemas';
import { LIMIT_KINDS, LIMIT_WINDOWS, type LimitKind } from '@agentcom/schemas/names';
import { useSignal } from '@preact/signals';
import { call, exchange } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { costTexts as texts } from '../../texts/costs.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { useResource } from '../../ui/resource.js';
import { toast } from '../../ui/toast.js';
import { atFields, limitBody, moneyField, scopeText, takesValue, tokensField, valuesOf } from './limit-values.js';

/** Another organisation is limited by those who run the hub, and by the command. */
const KINDS = LIMIT_KINDS.map((kind) => [kind, texts.scopes[kind]] as const);
const FIRST_CURRENCY = 'USD';

interface LimitDialogProps {
  /** Of a limit that there is; else it is a new one. */
  readonly limit?: LimitView | undefined;
  readonly name?: string;
  readonly currency: string | undefined;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function LimitDialog(props: LimitDialogProps) {
  const { limit, name = '', onClose } = props;
  const title = limit === undefined ? texts.dialogSet : texts.dialogChange(name);
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="muted">{texts.dialogText}</p>
      {limit === undefined ? (
        <LimitForm {...props} title={title} />
      ) : (
        <KnownLimit {...props} limit={limit} title={title} />
      )}
    </Dialog>
  );
}

/** As it is now, which may be another than the one that was shown. */
function KnownLimit(props: LimitFormProps & { readonly limit: LimitView }) {
  const { kind, value: which } = props.limit.scope;
  const path = { scope: scopeText(kind, which) };
  const { value, error, reload } = useResource((signal) => exchange('limit.show', { path, signal }), []);
  /** The version that somebody else has changed meanwhile. */
  const lost = useSignal<string | undefined>(undefined);
  const known = value.value;
  if (error.value !== undefined) return <ErrorNote error={error.value} onRetry={reload} />;
  if (known === undefined) return <SkeletonRows rows={4} />;
  return (
    <>
      {lost.value !== undefined && lost.value !== known.etag && (
        <p class="note bad" role="alert">
          {texts.lost}
        </p>
      )}
      <LimitForm
        key={known.etag}
        {...props}
        limit={known.body}
        etag={known.etag}
        onLost={() => {
          lost.value = known.etag;
          reload();
        }}
      />
    </>
  );
}

interface LimitFormProps extends LimitDialogProps {
  readonly title: string;
  /** The version that the fields begin with. */
  readonly etag?: string | undefined;
  /** Somebody else has changed it meanwhile. */
  readonly onLost?: () => void;
}

function LimitForm({ title, limit, name = '', currency, etag, onLost, onClose, onDone }: LimitFormProps) {
  const kind = useSignal<LimitKind>(limit?.scope.kind ?? 'org');
  const before: Values = limit === undefined ? {} : valuesOf(limit);
  const send = async (values: Values): Promise<void> => {
    const value = limit === undefined ? values.value : limit.scope.value;
    const body = limitBody(values);
    const path = { scope: scopeText(kind.value, value) };
    try {
      await call('limit.set', { path, body, ...(etag !== undefined && { ifMatch: etag }) });
    } catch (cause) {
      const refusal = toApiError(cause);
      if (refusal.status === 412) return onLost?.();
      throw atFields(refusal);
    }
    toast(texts.saved(name === '' ? (value ?? texts.scopes[kind.value].toLowerCase()) : name));
    onDone();
    onClose();
  };
  return (
    <Form onSend={send} label={title}>
      {(busy) => (
        <>
          {limit === undefined && (
            <Field
              name="kind"
              label={texts.kind}
              value={kind.value}
              choices={KINDS}
              onInput={(chosen) => {
                kind.value = chosen as LimitKind;
              }}
            />
          )}
          {limit === undefined && takesValue(kind.value) && (
            <Field name="value" label={texts.value} hint={texts.valueHints[kind.value]} required />
          )}
          <Field
            name="currency"
            label={texts.currency}
            hint={texts.currencyHint}
            value={before.currency ?? currency ?? FIRST_CURRENCY}
          />
          <div class="limit-fields">
            {LIMIT_WINDOWS.map((window, i) => (
              <div class="pair" key={window}>
                <Field
                  name={moneyField(window)}
                  label={texts.money[window]}
                  value={before[moneyField(window)] ?? ''}
                  autoFocus={i === 0}
                />
                <Field
                  name={tokensField(window)}
                  label={texts.tokensOf[window]}
                  value={before[tokensField(window)] ?? ''}
                />
              </div>
            ))}
          </div>
          <DialogFoot onCancel={onClose} busy={busy}>
            {texts.save}
          </DialogFoot>
        </>
      )}
    </Form>
  );
}

interface RemoveDialogProps {
  readonly limit: LimitView;
  readonly name: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function RemoveDialog({ limit: { scope }, name, onClose, onDone }: RemoveDialogProps) {
  const send = async (): Promise<void> => {
    await call('limit.remove', { path: { scope: scopeText(scope.kind, scope.value) } });
    toast(texts.removed(name));
    onDone();
    onClose();
  };
  return (
    <Dialog title={texts.removeTitle(name)} onClose={onClose}>
      <p>{texts.removeText}</p>
      <Form onSend={send} label={texts.removeTitle(name)}>
        {(busy) => (
          <DialogFoot onCancel={onClose} kind="danger" busy={busy}>
            {texts.remove}
          </DialogFoot>
        )}
      </Form>
    </Dialog>
  );
}
