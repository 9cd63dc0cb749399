// Silences an alert for a time: that rule, only what it is about, or all of its severity.

import type { AlertView, SilenceBody } from '@agentcom/schemas';
import type { AlertRuleName } from '@agentcom/schemas/alert-rules';
import { call } from '../../api/client.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import { texts as common } from '../../texts/common.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { toast } from '../../ui/toast.js';

export function SilenceDialog({ alert, onClose }: { readonly alert: AlertView; readonly onClose: () => void }) {
  const { rule, severity, subjects, count } = alert;
  const [only] = subjects;
  const choices = [
    ['rule', texts.whichAll(rule)],
    ...(only !== undefined && count === 1 ? [['subject', texts.whichSubject(rule, only.name)] as const] : []),
    ['severity', texts.whichSeverity(common.severities[severity].toLowerCase())],
  ] as const;
  const send = async (values: Values): Promise<void> => {
    await call('silence.create', { body: silenceBody(alert, values) });
    toast(texts.silenceDone);
    onClose();
  };
  return (
    <Dialog title={texts.silenceTitle(rule)} onClose={onClose}>
      <p class="muted">{texts.silenceText}</p>
      <Form onSend={send} label={texts.silenceTitle(rule)}>
        {(busy) => (
          <>
            <Field name="which" label={texts.which} value="rule" choices={choices} />
            <Field name="long" label={texts.long} value="3600" choices={LONGS} />
            <Field name="reason" label={texts.reason} hint={texts.reasonHint} required autoFocus />
            <DialogFoot onCancel={onClose} busy={busy}>
              {texts.silenceSubmit}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}

const LONGS = (['3600', '14400', '86400', '604800', 'resolved'] as const).map(
  (long) => [long, texts.longs[long]] as const,
);

function silenceBody({ rule, severity, subjects }: AlertView, { which, long, reason = '' }: Values): SilenceBody {
  const [only] = subjects;
  const name = rule as AlertRuleName;
  return {
    matchers:
      which === 'severity'
        ? { severity }
        : which === 'subject' && only !== undefined
          ? { rule: name, subject: { kind: only.kind, id: only.id } }
          : { rule: name },
    reason,
    ...(long === 'resolved' ? { untilResolved: true } : { ttlSeconds: Number(long) }),
  };
}
