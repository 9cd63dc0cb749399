// All rules: what each means, its limits, and how often it was right.

import type { AlertRuleView } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { formatCount } from '../../format.js';
import { may } from '../../session.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import { texts as common } from '../../texts/common.js';
import { Button } from '../../ui/button.js';
import { Chip, SeverityChip } from '../../ui/chip.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';
import { formatSetting, settingWords } from './amounts.js';
import { RuleDialog } from './rule-dialog.js';
import { ruleNamed } from './rules.js';

export function RulesTab() {
  const { value, error, reload } = useResource((signal) => call('rule.list', { query: { limit: 200 }, signal }), []);
  const editing = useSignal<string | undefined>(undefined);
  if (error.value) return <ErrorNote error={error.value} onRetry={reload} />;
  if (value.value === undefined) return <SkeletonRows rows={10} />;
  const { columns } = texts;
  return (
    <>
      <table class="rows rules">
        <thead>
          <tr>
            <th class="is-title">{columns.rule}</th>
            <th class="wide">{columns.severity}</th>
            <th class="wide">{columns.limits}</th>
            <th class="end">{columns.fired}</th>
            <th class="end wide">{columns.noise}</th>
            {may('config.change') && (
              <th>
                <span class="unseen">{texts.edit}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {value.value.items.map((rule) => (
            <RuleRow
              key={rule.rule}
              rule={rule}
              onEdit={() => {
                editing.value = rule.rule;
              }}
            />
          ))}
        </tbody>
      </table>
      {editing.value !== undefined && (
        <RuleDialog rule={editing.value} onClose={() => (editing.value = undefined)} onSaved={reload} />
      )}
    </>
  );
}

function RuleRow({ rule, onEdit }: { readonly rule: AlertRuleView; readonly onEdit: () => void }) {
  const { rule: name, enabled, severity, meaning, thresholds, fired, noise, open } = rule;
  const marked = Object.values(noise).reduce((sum, n) => sum + n, 0);
  return (
    <tr class={enabled ? '' : 'gone'}>
      <td class="is-title">
        <span class="title">{name}</span> {!enabled && <Chip icon="cancelled">{texts.off}</Chip>}
        {open > 0 && (
          <Chip tone="warn" icon="alert">
            {texts.open}
          </Chip>
        )}
        <span class="muted meaning">{meaning}</span>
      </td>
      <td class="wide">
        <SeverityChip severity={severity} />
      </td>
      <td class="wide limits">
        {Object.entries(thresholds).map(([key, value]) => (
          <span key={key} title={ruleNamed(name)?.thresholds[key]?.help}>
            <span class="muted">{settingWords(key)}</span>{' '}
            <span class="numbers nowrap">{formatSetting(key, value)}</span>
          </span>
        ))}
      </td>
      <td class="end numbers">{fired === 0 ? <span class="muted">{common.none}</span> : formatCount(fired)}</td>
      <td class="end numbers wide">{marked === 0 ? <span class="muted">{common.none}</span> : formatCount(marked)}</td>
      {may('config.change') && (
        <td class="end">
          <Button label={texts.editOf(name)} onClick={onEdit}>
            {texts.edit}
          </Button>
        </td>
      )}
    </tr>
  );
}
