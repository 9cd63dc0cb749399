// What the organisation may have and what it has, and how often one caller may do something.

import type { OrgUsage } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { QUOTAS, type QuotaName } from '@agentcom/schemas/names';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { formatBytes, formatCount, formatMoney } from '../../format.js';
import { may } from '../../session.js';
import { settingsTexts } from '../../texts/settings.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { useResource } from '../../ui/resource.js';
import { toast } from '../../ui/toast.js';
import { Section } from '../account/section.js';
import { ConfigSections } from './config-tab.js';
import { wholeOrNull } from './quotas.js';

const texts = settingsTexts.limits;
/** What stands in the config for none. */
const NONE = LIMITS.amount;

export function LimitsTab() {
  const { value, error, reload } = useResource((signal) => call('usage', { query: { days: 1 }, signal }), []);
  return (
    <>
      <Section title={texts.quotas} text={texts.quotasText}>
        {error.value && <ErrorNote error={error.value} onRetry={reload} />}
        {value.value === undefined && error.value === undefined && <SkeletonRows rows={9} />}
        {value.value && <Quotas usage={value.value} onChanged={reload} />}
      </Section>
      {may('config.read') && (
        <section class="stack" aria-label={texts.rates}>
          <div>
            <h2>{texts.rates}</h2>
            <p class="muted">{texts.ratesText}</p>
          </div>
          <ConfigSections isShown={(section) => section === 'limits'} />
        </section>
      )}
    </>
  );
}

function Quotas({ usage, onChanged }: { readonly usage: OrgUsage; readonly onChanged: () => void }) {
  const editing = useSignal<QuotaName | undefined>(undefined);
  return (
    <>
      <table class="rows">
        <thead>
          <tr>
            <th>{texts.quota}</th>
            <th class="end">{texts.used}</th>
            <th class="end">{texts.limit}</th>
            {may('orgs.manage') && (
              <th>
                <span class="unseen">{settingsTexts.edit}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {QUOTAS.map((name) => {
            const { used, limit } = usage.quotas[name];
            return (
              <tr key={name}>
                <td>{texts.names[name]}</td>
                <td class="end numbers">{amountOf(name, used)}</td>
                <td class="end numbers">
                  {limit >= NONE ? <span class="muted">{texts.unlimited}</span> : amountOf(name, limit)}
                </td>
                {may('orgs.manage') && (
                  <td class="end">
                    <Button label={texts.editOf(texts.names[name])} onClick={() => (editing.value = name)}>
                      {settingsTexts.edit}
                    </Button>
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {editing.value !== undefined && (
        <QuotaDialog
          usage={usage}
          name={editing.value}
          onSaved={() => {
            editing.value = undefined;
            onChanged();
          }}
          onClose={() => (editing.value = undefined)}
        />
      )}
    </>
  );
}

interface QuotaDialogProps {
  readonly usage: OrgUsage;
  readonly name: QuotaName;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}

function QuotaDialog({ usage: { org, quotas }, name, onSaved, onClose }: QuotaDialogProps) {
  const title = texts.editTitle(texts.names[name]);
  const save = async (values: Values): Promise<void> => {
    await call('org.change', { path: { org }, body: { quotas: { [name]: wholeOrNull(values.quotas) } } });
    toast(texts.saved);
    onSaved();
  };
  const { limit } = quotas[name];
  return (
    <Dialog title={title} onClose={onClose}>
      <Form onSend={save} label={title}>
        {(busy) => (
          <>
            <Field
              name="quotas"
              label={texts.names[name]}
              hint={`${texts.editHint}${name.startsWith('costMicros') ? ` ${texts.editMicros}` : ''}`}
              {...(limit < NONE && { value: String(limit) })}
              autoFocus
            />
            <DialogFoot onCancel={onClose} busy={busy}>
              {settingsTexts.save}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}

function amountOf(name: QuotaName, amount: number): string {
  if (name.startsWith('costMicros')) return formatMoney(amount);
  return name === 'storedBytes' ? formatBytes(amount) : formatCount(amount);
}
