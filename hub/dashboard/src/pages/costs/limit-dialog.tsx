// Sets the spend limit of a scope, or raises one that there is.

import type { LimitView } from '@agentcom/schemas';
import { LIMIT_KINDS, LIMIT_WINDOWS, type LimitKind } from '@agentcom/schemas/names';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { costTexts as texts } from '../../texts/costs.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form, type Values } from '../../ui/form.js';
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

export function LimitDialog({ limit, name = '', currency, onClose, onDone }: LimitDialogProps) {
  const kind = useSignal<LimitKind>(limit?.scope.kind ?? 'org');
  const before: Values = limit === undefined ? {} : valuesOf(limit);
  const title = limit === undefined ? texts.dialogSet : texts.dialogChange(name);
  const send = async (values: Values): Promise<void> => {
    const value = limit === undefined ? values.value : limit.scope.value;
    const body = limitBody(values);
    try {
      await call('limit.set', { path: { scope: scopeText(kind.value, value) }, body });
    } catch (error) {
      throw atFields(toApiError(error));
    }
    toast(texts.saved(name === '' ? (value ?? texts.scopes[kind.value].toLowerCase()) : name));
    onDone();
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="muted">{texts.dialogText}</p>
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
    </Dialog>
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
