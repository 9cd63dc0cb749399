// Times: how long ago, with the moment itself in the title; in the person's zone or UTC, as chosen.

import { clockMode, now } from '../clock.js';
import { formatAge, formatMoment, formatSpan } from '../format.js';

export function Age({ at }: { readonly at: string }) {
  return (
    <time class="numbers nowrap" dateTime={at} title={formatMoment(at, clockMode.value, now.value)}>
      {formatAge(now.value - Date.parse(at))}
    </time>
  );
}

export function Moment({ at }: { readonly at: string }) {
  return (
    <time class="numbers nowrap" dateTime={at} title={`${formatSpan(now.value - Date.parse(at))} ago`}>
      {formatMoment(at, clockMode.value, now.value)}
    </time>
  );
}

/** From then until another moment, or until now. */
export function Span({ from, to }: { readonly from: string; readonly to?: string | undefined }) {
  const end = to === undefined ? now.value : Date.parse(to);
  return <span class="numbers nowrap">{formatSpan(end - Date.parse(from))}</span>;
}
