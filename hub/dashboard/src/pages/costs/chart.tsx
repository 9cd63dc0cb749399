// Costs by day as bars. The library comes with this file, which nothing else loads.

import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatAmount } from '../../money.js';
import { theme } from '../../theme.js';
import type { Daily } from './amounts.js';

const HEIGHT = 180;
const AXIS_WIDTH = 64;
const BAR_SHARE = 0.7;
const BAR_MAX_PX = 48;
const FONT = '11px system-ui, sans-serif';
const MICROS = 1_000_000;

interface ChartProps {
  readonly data: Daily;
  readonly currency: string;
  /** What it says, for those who do not see it. */
  readonly label: string;
}

export function Chart({ data, currency, label }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(element, currency), [data.at, data.costs], element);
    plot.current = made;
    const sized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    sized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => drawAnew(made);
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      sized.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [currency]);
  useEffect(() => plot.current?.setData([data.at, data.costs]), [data]);
  useSignalEffect(() => {
    theme.value;
    if (plot.current !== undefined) drawAnew(plot.current);
  });
  return (
    <div class="chart" role="img" aria-label={label}>
      <div ref={host} class="chart-host" />
    </div>
  );
}

/** In the colours of now: bars that are only drawn again keep theirs. */
function drawAnew(plot: uPlot): void {
  plot.setData(plot.data);
}

/** Colours are read as they are drawn: a canvas knows no custom properties. */
function optionsOf(element: HTMLElement, currency: string): uPlot.Options {
  const style = getComputedStyle(element);
  const text = (): string => style.color;
  const line = (): string => style.borderTopColor;
  const bar = (): string => style.outlineColor;
  const money = (units: number): string => formatAmount({ currency, costMicros: Math.round(units * MICROS) });
  const axis = { stroke: text, font: FONT, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    legend: { live: true },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        values: (_plot, ticks) => ticks.map(dayText),
        incrs: DAY_STEPS,
        size: 28,
        space: 64,
      },
      { ...axis, grid: { stroke: line, width: 1 }, size: AXIS_WIDTH, values: (_plot, ticks) => ticks.map(money) },
    ],
    series: [
      { label: 'UTC', value: (_plot, seconds) => (seconds === null ? '' : dayText(seconds)) },
      {
        label: currency,
        fill: bar,
        stroke: bar,
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars?.({ size: [BAR_SHARE, BAR_MAX_PX], radius: 0.1 }) as uPlot.Series.PathBuilder,
        value: (_plot, units) => (units === null ? '' : money(units)),
      },
    ],
  };
}

const DAY_SECONDS = 86_400;
const DAY_STEPS = [1, 2, 3, 5, 7, 14, 28].map((days) => days * DAY_SECONDS);
const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

function dayText(seconds: number): string {
  return days.format(seconds * 1000);
}
