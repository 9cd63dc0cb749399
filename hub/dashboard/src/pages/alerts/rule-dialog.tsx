// The limits of a rule, changed in the running hub, and how often it would have fired with others.

import type { AlertRuleTested, AlertView, ConfigPatch } from '@agentcom/schemas';
import type { AlertRuleName } from '@agentcom/schemas/alert-rules';
import { SEVERITIES } from '@agentcom/schemas/notification';
import { useSignal } from '@preact/signals';
import { call, exchange } from '../../api/client.js';
import { ApiError, toApiError } from '../../api/problem.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import { texts as common } from '../../texts/common.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { useResource } from '../../ui/resource.js';
import { toast } from '../../ui/toast.js';
import { formatSetting } from './amounts.js';
import { labelOf, quantityIn } from './quantities.js';
import { fieldsOfRule, type RuleSettings, readAs, ruleNamed, rulePatch, settingIn } from './rules.js';

interface RuleDialogProps {
  readonly rule: string;
  /** One of its alerts, which says what the limit is measured in. */
  readonly alert?: Pick<AlertView, 'limit' | 'unit'> | undefined;
  readonly onClose: () => void;
  readonly onSaved?: () => void;
}

export function RuleDialog({ rule, alert, onClose, onSaved }: RuleDialogProps) {
  const { value, error, reload } = useResource((signal) => exchange('config.show', { signal }), [rule]);
  const config = value.value;
  const before = config?.body.alerts.rules[rule as AlertRuleName] as RuleSettings | undefined;
  const save = async (values: Values): Promise<void> => {
    if (config === undefined || before === undefined) return;
    const patch = rulePatch(rule, before, values);
    if (patch === undefined) throw new ApiError('page.unchanged', 0, texts.unchanged);
    const body = { alerts: { rules: { [rule]: patch } } } as ConfigPatch;
    try {
      await call('config.change', { body, ...(config.etag !== undefined && { ifMatch: config.etag }) });
    } catch (cause) {
      const refusal = toApiError(cause);
      // Somebody else has changed it meanwhile; the next try is against what there is now.
      if (refusal.status === 412) reload();
      throw fieldsOfRule(refusal);
    }
    toast(texts.saved(rule));
    onSaved?.();
    onClose();
  };
  return (
    <Dialog title={texts.ruleTitle(rule)} onClose={onClose} large>
      {error.value && <ErrorNote error={error.value} onRetry={reload} />}
      {before === undefined && error.value === undefined && <SkeletonRows rows={5} />}
      {before !== undefined && (
        <>
          <p class="muted">
            {ruleNamed(rule)?.meaning} {texts.ruleText}
          </p>
          <Form onSend={save} label={texts.ruleTitle(rule)}>
            {(busy) => (
              <>
                <RuleFields rule={rule} settings={before} />
                <DialogFoot onCancel={onClose} busy={busy}>
                  {texts.save}
                </DialogFoot>
              </>
            )}
          </Form>
          <WhatIf rule={rule} alert={alert} />
        </>
      )}
    </Dialog>
  );
}

function RuleFields({ rule, settings }: { readonly rule: string; readonly settings: RuleSettings }) {
  const { thresholds = {}, forSeconds = 0, keepFiringForSeconds = 0 } = ruleNamed(rule) ?? {};
  const typed = (key: string): string => formatSetting(key, Number(settings[key]));
  return (
    <>
      {Object.entries(thresholds).map(([key, { help, byDefault }]) => (
        <Field
          key={key}
          name={key}
          label={labelOf(help)}
          hint={
            <>
              <code>{key}</code> {texts.byDefault(formatSetting(key, byDefault))}
            </>
          }
          value={typed(key)}
          required
        />
      ))}
      <div class="columns">
        <Field
          name="forSeconds"
          label={texts.forSeconds}
          hint={`${texts.forHint} ${texts.byDefault(formatSetting('forSeconds', forSeconds))}`}
          value={typed('forSeconds')}
          required
        />
        <Field
          name="keepFiringForSeconds"
          label={texts.keepSeconds}
          hint={`${texts.keepHint} ${texts.byDefault(formatSetting('keepFiringForSeconds', keepFiringForSeconds))}`}
          value={typed('keepFiringForSeconds')}
          required
        />
        <Field
          name="severity"
          label={texts.severity}
          value={String(settings.severity)}
          choices={SEVERITIES.map((one) => [one, common.severities[one]])}
        />
        <Field
          name="enabled"
          label={texts.enabled}
          value={settings.enabled === true ? 'yes' : 'no'}
          choices={Object.entries(texts.enableds)}
        />
      </div>
    </>
  );
}

function WhatIf({ rule, alert }: Pick<RuleDialogProps, 'rule' | 'alert'>) {
  const tested = useSignal<AlertRuleTested | undefined>(undefined);
  const unit = alert?.unit;
  const look = async ({ limit, forSeconds }: Values): Promise<void> => {
    const body = {
      ...(limit !== undefined && { limit: readAs(quantityIn(unit), 'limit', limit) }),
      ...(forSeconds !== undefined && { forSeconds: settingIn('forSeconds', forSeconds) }),
    };
    tested.value = await call('rule.test', { path: { rule: rule as AlertRuleName }, body });
  };
  const said = tested.value;
  return (
    <section class="card" aria-label={texts.tryTitle}>
      <div>
        <h3>{texts.tryTitle}</h3>
        <p class="muted">{texts.tryText}</p>
      </div>
      <Form onSend={look} label={texts.tryTitle}>
        {(busy) => (
          <div class="what-if">
            <Field
              name="limit"
              label={texts.tryLimit}
              {...(alert !== undefined && { value: quantityIn(unit).print(alert.limit) })}
            />
            <Field name="forSeconds" label={texts.tryFor} optional />
            <Button type="submit" busy={busy}>
              {texts.try}
            </Button>
          </div>
        )}
      </Form>
      {said !== undefined && (
        <p role="status">
          {texts.fired(said.fired, said.days)} <b>{texts.wouldHave(said.wouldHaveFired, said.isAtLeast)}</b>{' '}
          {said.isAtLeast && <span class="muted">{texts.atLeastWhy}</span>}
        </p>
      )}
    </section>
  );
}
