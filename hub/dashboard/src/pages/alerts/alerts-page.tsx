// What fires, and beside it the rules and what is silenced.

import type { AlertView } from '@agentcom/schemas';
import { rowOrder } from '@agentcom/schemas/query';
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { call } from '../../api/client.js';
import { useShortcuts } from '../../keys/shortcuts.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { may } from '../../session.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import { addressWith, useAddress } from '../../ui/address.js';
import { announce } from '../../ui/announce.js';
import { Button } from '../../ui/button.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';
import { useSelection } from '../../ui/selection.js';
import { acknowledge } from '../needs-you/actions.js';
import { AlertCard } from './alert-card.js';
import { RuleDialog } from './rule-dialog.js';
import { RULES_COUNT } from './rules.js';
import { RulesTab } from './rules-tab.js';
import { SilenceDialog } from './silence-dialog.js';
import { SilencesTab } from './silences-tab.js';
import '../tasks/tasks.css';
import '../needs-you/needs-you.css';
import './alerts.css';

const ROWS = 200;
const WORST_FIRST = { key: 'severity', descending: false };
/** It always fires, which shows that alerting works. */
const WATCHDOG = 'Watchdog';
const TABS = ['alerts', 'rules', 'silences'] as const;

export function AlertsPage() {
  const { query } = useAddress();
  const tab = TABS.find((one) => one === query.tab) ?? 'alerts';
  return (
    <div class="page alerts">
      <div class="page-head">
        <h1>{texts.title}</h1>
        <nav class="tabs" aria-label={texts.tabsLabel}>
          {TABS.map((one) => (
            <a
              key={one}
              href={addressWith('/alerts', { tab: one === 'alerts' ? undefined : one })}
              aria-current={one === tab ? 'page' : undefined}
            >
              {texts.tabs[one]}
            </a>
          ))}
          {may('notifications.read') && <a href="/settings?tab=notifications">{texts.channels}</a>}
        </nav>
      </div>
      {tab === 'alerts' && <AlertsTab />}
      {tab === 'rules' && <RulesTab />}
      {tab === 'silences' && <SilencesTab />}
    </div>
  );
}

function AlertsTab() {
  const { query, change } = useAddress();
  const { open } = query;
  const live = useLive({ kind: 'alerts', sort: 'severity', limit: ROWS });
  const { list, error } = live;
  const alerts = useComputed(() => shownRows(list.value).filter(({ rule }) => rule !== WATCHDOG));
  const silencing = useSignal<AlertView | undefined>(undefined);
  const editing = useSignal<AlertView | undefined>(undefined);
  const toggle = (id: string): void => change({ open: id === open ? undefined : id });
  const { active } = useSelection({
    ids: () => alerts.value.map(({ id }) => id),
    onPeek: toggle,
    onOpen: toggle,
    onLeave: () => change({ open: undefined }),
  });
  const chosen = alerts.value.find(({ id }) => id === active.value);
  useShortcuts({
    a: () => {
      if (chosen !== undefined && may('alerts.change')) void acknowledge(chosen);
    },
    s: () => {
      if (may('alerts.change')) silencing.value = chosen;
    },
  });
  const { rows, seq, gone } = list.value;
  const waiting = list.value.waiting.filter((id) => rows.get(id)?.rule !== WATCHDOG);
  const total = alerts.value.length + waiting.length;
  useEffect(() => {
    // Whoever was led to one alert sees it.
    if (seq !== undefined && open !== undefined) active.value = open;
  }, [seq === undefined]);
  useEffect(() => {
    if (seq !== undefined) announce(total === 0 ? texts.emptyTitle : texts.count(total));
  }, [total, seq === undefined]);
  return (
    <>
      {error.value && <ErrorNote error={error.value} />}
      {waiting.length > 0 && (
        <div class="new-rows">
          <Button icon="retry" onClick={() => live.showNew(rowOrder('alerts', WORST_FIRST))}>
            {texts.newRows(waiting.length)}
          </Button>
        </div>
      )}
      {seq === undefined && error.value === undefined && <SkeletonRows rows={6} />}
      {seq !== undefined && alerts.value.length === 0 && (
        <Empty icon="done" title={texts.emptyTitle}>
          <p>{texts.emptyText(RULES_COUNT)}</p>
        </Empty>
      )}
      <ul class="alert-list" onPointerEnter={() => live.hold(true)} onPointerLeave={() => live.hold(false)}>
        {alerts.value.map((alert) => (
          <AlertCard
            key={alert.id}
            alert={alert}
            isActive={active.value === alert.id}
            isGone={gone.has(alert.id)}
            isOpen={open === alert.id}
            onToggle={() => toggle(alert.id)}
            onSilence={() => {
              silencing.value = alert;
            }}
            onEdit={() => {
              editing.value = alert;
            }}
          />
        ))}
      </ul>
      <Resolved
        onEdit={(alert) => {
          editing.value = alert;
        }}
      />
      {silencing.value && <SilenceDialog alert={silencing.value} onClose={() => (silencing.value = undefined)} />}
      {editing.value && (
        <RuleDialog rule={editing.value.rule} alert={editing.value} onClose={() => (editing.value = undefined)} />
      )}
    </>
  );
}

/** What was resolved lately, on request. */
function Resolved({ onEdit }: { readonly onEdit: (alert: AlertView) => void }) {
  const { query, change } = useAddress();
  const isShown = query.resolved === '1';
  return (
    <section class="stack" aria-label={texts.resolved}>
      <div class="actions">
        <Button kind="quiet" icon="chevron" expanded={isShown} onClick={() => change({ resolved: isShown ? '' : '1' })}>
          {isShown ? texts.hideResolved : texts.showResolved}
        </Button>
      </div>
      {isShown && <ResolvedList onEdit={onEdit} />}
    </section>
  );
}

function ResolvedList({ onEdit }: { readonly onEdit: (alert: AlertView) => void }) {
  const { query, change } = useAddress();
  const { value, error, reload } = useResource(
    (signal) => call('alert.list', { query: { state: ['resolved'], limit: 50 }, signal }),
    [],
  );
  if (error.value) return <ErrorNote error={error.value} onRetry={reload} />;
  if (value.value === undefined) return <SkeletonRows rows={3} />;
  if (value.value.items.length === 0) return <p class="muted">{texts.resolvedNone}</p>;
  return (
    <ul class="alert-list">
      {value.value.items.map((alert) => (
        <AlertCard
          key={alert.id}
          alert={alert}
          isActive={false}
          isGone={false}
          isOpen={query.open === alert.id}
          onToggle={() => change({ open: query.open === alert.id ? undefined : alert.id })}
          onSilence={() => undefined}
          onEdit={() => onEdit(alert)}
        />
      ))}
    </ul>
  );
}
