// What work has cost and will cost, against its limits, by day and by whatever it can be told apart.

import type { CostReport, LimitView, Money } from '@agentcom/schemas';
import { NO_CURRENCY } from '@agentcom/schemas/names';
import { type Signal, useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { call, saveAs } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { now } from '../../clock.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { formatAmount } from '../../money.js';
import { may, me } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { costTexts as texts } from '../../texts/costs.js';
import { addressWith, useAddress } from '../../ui/address.js';
import { Button } from '../../ui/button.js';
import { CopyLine } from '../../ui/copy-line.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';
import { toastError } from '../../ui/toast.js';
import { costLines, type Daily, daily, dayOf, daysOf, forecastOf, type Period, perHour } from './amounts.js';
import { type By, ByTable } from './by-table.js';
import { LimitDialog } from './limit-dialog.js';
import { Limits } from './limits.js';
import '../alerts/alerts.css';
import './costs.css';

const LIMITS_MAX = 200;
const PERIODS = Object.keys(texts.periods) as Period[];
const BYS = Object.keys(texts.bys) as By[];
const REST_MS = 2_000;

export function CostsPage() {
  const { query, change } = useAddress();
  const period = PERIODS.find((one) => one === query.period) ?? '30d';
  const by = BYS.find((one) => one === query.by) ?? 'repo';
  const today = dayOf(now.value);
  const round = useRound();
  const setting = useSignal(false);
  const span = daysOf(period, now.value);
  const month = useResource(
    (signal) => call('costs', { query: { by: ['day'], ...daysOf('month', now.value) }, signal }),
    [today, round.value],
  );
  const byDay = useResource(
    (signal) => call('costs', { query: { by: ['day'], ...span }, signal }),
    [period, today, round.value],
  );
  const table = useResource(
    async (signal) => ({ by, report: await call('costs', { query: { by: [by], ...span }, signal }) }),
    [by, period, today, round.value],
  );
  const limits = useResource(
    async (signal) =>
      may('limits.read') ? await call('limit.list', { query: { limit: LIMITS_MAX }, signal }) : undefined,
    [round.value],
  );
  const failed = month.error.value ?? byDay.error.value ?? table.error.value ?? limits.error.value;
  const names = table.value.value?.report.names ?? {};
  const limitList = limits.value.value?.items;
  const download = (): void => {
    saveAs('costs', { query: { by: [by], ...span } }, 'text/csv', `costs-${by}-${span.from}-${span.to}.csv`).catch(
      (error: unknown) => toastError(toApiError(error)),
    );
  };
  return (
    <div class="page costs">
      <div class="page-head">
        <h1>{texts.title}</h1>
        <span class="muted">{texts.days}</span>
        <span class="push" />
        {may('limits.change') && (
          <Button
            icon="plus"
            onClick={() => {
              setting.value = true;
            }}
          >
            {texts.setLimit}
          </Button>
        )}
      </div>
      {failed !== undefined && <ErrorNote error={failed} onRetry={() => void round.value++} />}
      <Figures month={month.value.value} today={today} limits={limitList} />
      {limitList !== undefined && <Limits limits={limitList} names={names} onChanged={limits.reload} />}
      <section class="stack" aria-labelledby="per-day">
        <div class="section-head">
          <h2 id="per-day">{texts.perDay}</h2>
          <Choice
            label={texts.periodLabel}
            choices={texts.periods}
            chosen={period}
            addressOf={(one) => addressWith(location.pathname + location.search, { period: one })}
          />
        </div>
        <ByDay report={byDay.value.value} />
      </section>
      <section class="stack" aria-labelledby="by">
        <div class="section-head">
          <h2 id="by">{texts.byLabel}</h2>
          <Choice
            label={texts.byLabel}
            choices={texts.bys}
            chosen={by}
            addressOf={(one) => addressWith(location.pathname + location.search, { by: one })}
          />
          <span class="push" />
          <Button icon="down" label={texts.csvOf} onClick={download}>
            {texts.csv}
          </Button>
        </div>
        {table.value.value === undefined && failed === undefined && <SkeletonRows rows={5} />}
        {table.value.value !== undefined && table.value.value.report.items.length === 0 && (
          <Empty icon="done" title={texts.emptyTitle}>
            <p>{texts.emptyText}</p>
          </Empty>
        )}
        {table.value.value !== undefined && table.value.value.report.items.length > 0 && (
          <ByTable report={table.value.value.report} by={table.value.value.by} />
        )}
        {(table.value.value?.report.total.unpricedTokens ?? 0) > 0 && (
          <div class="note prices">
            <span>
              {texts.pricesHint}{' '}
              {by !== 'model' && (
                <button type="button" class="as-link" onClick={() => change({ by: 'model' })}>
                  {texts.pricesByModel}
                </button>
              )}
            </span>
            <CopyLine text={texts.pricesCommand} />
          </div>
        )}
      </section>
      {setting.value && (
        <LimitDialog
          currency={month.value.value?.total.costs.find(({ currency }) => currency !== NO_CURRENCY)?.currency}
          onDone={limits.reload}
          onClose={() => {
            setting.value = false;
          }}
        />
      )}
    </div>
  );
}

/** Higher whenever the ledger has changed, but not all the time. */
function useRound(): Signal<number> {
  const { list } = useLive({ kind: 'costs', limit: 1 });
  const round = useSignal(0);
  const seen = useComputed(() => {
    const [row] = shownRows(list.value);
    return row === undefined ? undefined : JSON.stringify([row.month, row.unknownCost]);
  });
  const known = useRef<string | undefined>(undefined);
  useEffect(() => {
    const before = known.current;
    known.current = seen.value;
    if (before === undefined || seen.value === undefined || before === seen.value) return undefined;
    const timer = setTimeout(() => void round.value++, REST_MS);
    return () => {
      clearTimeout(timer);
      // What was not looked at yet is looked at with what came next.
      known.current = before;
    };
  }, [seen.value]);
  return round;
}

function Choice<T extends string>({
  label,
  choices,
  chosen,
  addressOf,
}: {
  readonly label: string;
  readonly choices: Readonly<Record<T, string>>;
  readonly chosen: T;
  readonly addressOf: (one: T) => string;
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {(Object.entries(choices) as [T, string][]).map(([one, text]) => (
        <a key={one} href={addressOf(one)} aria-current={one === chosen ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  );
}

function Figures({
  month,
  today,
  limits,
}: {
  readonly month: CostReport | undefined;
  readonly today: string;
  readonly limits: readonly LimitView[] | undefined;
}) {
  if (month === undefined) return <div class="figures-row" aria-busy="true" />;
  const none = { costs: [] as Money[], attempts: 0, unknownCost: 0 };
  const ofToday = month.items.find(({ group }) => group.day === today) ?? none;
  const hour = perHour(ofToday.costs, now.value);
  const forecast = forecastOf(month.forecast, now.value);
  const { unknownCost, unpricedTokens } = month.total;
  const limit = limits?.find(
    ({ scope: { kind, value } }) => kind === 'org' && (value === undefined || value === me.value?.org),
  );
  return (
    <section class="figures-row" aria-label={texts.figures}>
      <Figure label={texts.today} lines={costLines(ofToday)}>
        <OfLimit limit={limit} window="day" />
      </Figure>
      <Figure label={texts.month} lines={costLines(month.total)}>
        <OfLimit limit={limit} window="month" />
      </Figure>
      <Figure label={texts.perHour} lines={hour === undefined || hour.length === 0 ? [] : hour.map(formatAmount)} />
      <Figure label={texts.forecast} title={texts.forecastHint} lines={forecast.map(formatAmount)} />
      <Figure
        label={texts.unpriced}
        lines={[unknownCost === 0 ? texts.unpricedNone : texts.unpricedAttempts(unknownCost)]}
      >
        {unpricedTokens > 0 && texts.unpricedTokens(unpricedTokens)}
      </Figure>
    </section>
  );
}

function OfLimit({ limit, window }: { readonly limit: LimitView | undefined; readonly window: 'day' | 'month' }) {
  const costMicros = limit?.windows.find((one) => one.window === window)?.costMicros;
  if (costMicros === undefined || limit?.currency === undefined) return null;
  return <>{texts.ofLimit(formatAmount({ currency: limit.currency, costMicros }))}</>;
}

function Figure({
  label,
  lines,
  title,
  children,
}: {
  readonly label: string;
  readonly lines: readonly string[];
  readonly title?: string;
  readonly children?: ComponentChildren;
}) {
  const [first = common.none, ...more] = lines;
  return (
    <div class="figure-card" title={title}>
      <span class="muted">{label}</span>
      <b class="numbers">{first}</b>
      {more.length > 0 && <span class="numbers">{more.join(' · ')}</span>}
      <span class="muted numbers">{children}</span>
    </div>
  );
}

type ChartPart = typeof import('./chart.js').Chart;

function ByDay({ report }: { readonly report: CostReport | undefined }) {
  const { query } = useAddress();
  const chart = useSignal<{ readonly Chart: ChartPart } | undefined>(undefined);
  useEffect(() => {
    import('./chart.js').then(
      (module) => {
        chart.value = { Chart: module.Chart };
      },
      // The table says the same.
      () => undefined,
    );
  }, []);
  const currencies = [...(report?.total.costs ?? [])]
    .sort((a, b) => b.costMicros - a.costMicros)
    .map(({ currency }) => currency);
  const currency = currencies.find((one) => one === query.currency) ?? currencies[0];
  const data = useMemo(
    () => (report === undefined || currency === undefined ? undefined : daily(report.items, report, currency)),
    [report, currency],
  );
  if (report !== undefined && currency === undefined) return <p class="muted">{texts.chartNone}</p>;
  const sum = report?.total.costs.find((one) => one.currency === currency);
  return (
    <div class="chart-place">
      {currencies.length > 1 && currency !== undefined && (
        <Choice
          label={texts.currencyLabel}
          choices={Object.fromEntries(
            currencies.map((one) => [one, one === NO_CURRENCY ? common.shell.noCurrency : one]),
          )}
          chosen={currency}
          addressOf={(one) => addressWith(location.pathname + location.search, { currency: one })}
        />
      )}
      {chart.value !== undefined && data !== undefined && currency !== undefined && sum !== undefined && (
        <chart.value.Chart data={data} currency={currency} label={chartLabel(data, sum)} />
      )}
    </div>
  );
}

function chartLabel({ costs }: Daily, sum: Money): string {
  const top = formatAmount({ ...sum, costMicros: Math.round(Math.max(0, ...costs) * 1_000_000) });
  return texts.chart(sum.currency, formatAmount(sum), costs.length, top);
}
