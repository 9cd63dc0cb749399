// The rows of the list of agents; of thousands, those in sight.

import type { LiveAgent } from '@agentcom/schemas';
import { failuresIn } from '@agentcom/schemas/agent-results';
import { SORT_KEYS } from '@agentcom/schemas/query';
import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { now } from '../../clock.js';
import { formatBytes } from '../../format.js';
import { may } from '../../session.js';
import { agentTexts as texts } from '../../texts/agents.js';
import { texts as common } from '../../texts/common.js';
import { AgentChip, Chip } from '../../ui/chip.js';
import { RowSpace } from '../../ui/row-space.js';
import { SortHead } from '../../ui/sort-head.js';
import { Age, Moment } from '../../ui/time.js';
import { useRowPx, useVirtualRows } from '../../ui/virtual.js';
import { type Attention, attentionOf } from './attention.js';
import { Results, SpentToday } from './results.js';

const COLUMNS = [
  'state',
  'name',
  'attention',
  'task',
  'results',
  'spend',
  'seen',
  'load',
  'disk',
  'version',
  'capabilities',
] as const;
const SORTED_BY: ReadonlySet<string> = new Set(SORT_KEYS.agents);

function sortOf(column: (typeof COLUMNS)[number]): string | undefined {
  if (column === 'results') return 'failures';
  return SORTED_BY.has(column) ? column : undefined;
}

/** Of money, only for whoever may see it. */
function columnsShown(): readonly (typeof COLUMNS)[number][] {
  return may('costs.read') ? COLUMNS : COLUMNS.filter((name) => name !== 'spend');
}

interface AgentsTableProps {
  readonly rows: readonly LiveAgent[];
  readonly gone: ReadonlySet<string>;
  readonly active: Signal<string | undefined>;
  readonly peek: string | undefined;
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
  readonly onPeek: (name: string) => void;
  readonly onHold: (isHeld: boolean) => void;
}

export function AgentsTable({ rows, gone, active, peek, sort, onSort, onPeek, onHold }: AgentsTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rowPx = useRowPx();
  const { items, before, after, scrollTo } = useVirtualRows(scroller, rows.length, rowPx);
  useEffect(() => {
    const at = rows.findIndex(({ name }) => name === active.value);
    if (at >= 0) scrollTo(at, 'auto');
  }, [active.value]);
  return (
    <div class="agents-rows" ref={scroller} onPointerEnter={() => onHold(true)} onPointerLeave={() => onHold(false)}>
      <table class="rows" aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columnsShown().map((name) => (
              <SortHead
                key={name}
                label={texts.columns[name]}
                class={`is-${name}`}
                by={sortOf(name)}
                sort={sort}
                onSort={onSort}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          <RowSpace px={before} />
          {items.map(({ index }) => {
            const agent = rows[index];
            if (agent === undefined) return null;
            const { name } = agent;
            const isActive = active.value === name || peek === name;
            return (
              <tr
                key={name}
                data-row={name}
                aria-rowindex={index + 2}
                class={`${gone.has(name) ? 'gone ' : ''}${isActive ? 'active' : ''}`}
                style={{ height: `${rowPx}px` }}
                onClick={(event) => {
                  if ((event.target as Element).closest('a, button') !== null) return;
                  active.value = name;
                  onPeek(name);
                }}
              >
                <Cells agent={agent} onPeek={onPeek} />
              </tr>
            );
          })}
          <RowSpace px={after} />
        </tbody>
      </table>
    </div>
  );
}

function Cells({ agent, onPeek }: { readonly agent: LiveAgent; readonly onPeek: (name: string) => void }) {
  const { name, state, task, capabilities, load, freeDiskBytes, version } = agent;
  const { results, spentToday } = agent;
  const failures = failuresIn(results) ?? 0;
  const [first, ...others] = attentionOf(agent, now.value);
  return (
    <>
      <td class="is-state">
        <AgentChip state={state} />
      </td>
      <td class="is-name">
        <button type="button" class="row-title title" onClick={() => onPeek(name)}>
          {name}
          <span class="narrow-only muted">
            {[common.agentStates[state], first && texts.attention[first.kind]].filter(Boolean).join(' · ')}
          </span>
        </button>
      </td>
      <td class="is-attention">
        {first && <AttentionChip attention={first} />}{' '}
        {others.length > 0 && <span class="muted">+{others.length}</span>}
      </td>
      <td class="is-task">
        {task === undefined ? (
          <span class="muted">{common.none}</span>
        ) : (
          <a href={`/tasks/${task}`}>
            <code>{task.slice(-8)}</code>
          </a>
        )}
      </td>
      <td class="is-results">
        <Results results={results} />
        <span class="narrow-only muted numbers">
          {failures > 0 && `${texts.failed(failures)} · `}
          <Seen agent={agent} />
        </span>
      </td>
      {may('costs.read') && (
        <td class="is-spend end">
          <SpentToday spent={spentToday} />
        </td>
      )}
      <td class="is-seen end">
        <Seen agent={agent} />
      </td>
      <td class="is-load end numbers">
        {load === undefined ? <span class="muted">{common.none}</span> : load.toFixed(1)}
      </td>
      <td class="is-disk end numbers">
        {freeDiskBytes === undefined ? <span class="muted">{common.none}</span> : formatBytes(freeDiskBytes)}
      </td>
      <td class="is-version">{version ?? <span class="muted">{common.none}</span>}</td>
      <td class="is-capabilities" title={capabilities.join(', ')}>
        {capabilities.join(', ')}
      </td>
    </>
  );
}

function Seen({ agent: { lastSeenAt, connected } }: { readonly agent: LiveAgent }) {
  if (lastSeenAt !== undefined) return <Age at={lastSeenAt} />;
  return <span class="muted">{connected ? common.none : texts.never}</span>;
}

export function AttentionChip({ attention: { kind, tone, detail, until } }: { readonly attention: Attention }) {
  return (
    <Chip tone={tone} icon={tone === 'neutral' ? 'clock' : 'alert'} {...(detail !== undefined && { title: detail })}>
      {texts.attention[kind]}
      {until !== undefined && (
        <>
          {' '}
          {texts.until} <Moment at={until} />
        </>
      )}
    </Chip>
  );
}
