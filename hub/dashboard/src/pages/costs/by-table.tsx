// What was used, summed up by one thing, the dearest first.

import type { CostFigures, CostReport } from '@agentcom/schemas';
import { formatCompact, formatCount, formatSpan } from '../../format.js';
import { texts as common } from '../../texts/common.js';
import { costTexts as texts } from '../../texts/costs.js';
import { costLines, shareOf } from './amounts.js';

export type By = keyof typeof texts.bys;

export function ByTable({ report, by }: { readonly report: CostReport; readonly by: By }) {
  const { items, total, names = {} } = report;
  const { columns } = texts;
  return (
    <div class="scroll-x">
      <table class="rows costs-rows">
        <thead>
          <tr>
            <th scope="col" class="grow">
              {texts.bys[by]}
            </th>
            <th scope="col" class="end">
              {columns.cost}
            </th>
            <th scope="col" class="wide-only">
              {columns.share}
            </th>
            <th scope="col" class="end">
              {columns.attempts}
            </th>
            <th scope="col" class="end">
              {columns.unknown}
            </th>
            <th scope="col" class="end wide-only">
              {columns.input}
            </th>
            <th scope="col" class="end wide-only">
              {columns.output}
            </th>
            <th scope="col" class="end wide-only">
              {columns.time}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ group, other, ...figures }) => {
            const value = group[by];
            const name =
              other === true ? texts.none.other : value === undefined ? nameless(by) : (names[value] ?? value);
            return (
              <tr key={`${other === true} ${value ?? ''}`}>
                <th scope="row" class="grow name" title={name}>
                  {value === undefined || other === true ? <span class="muted">{name}</span> : name}
                </th>
                <Cells figures={figures} share={shareOf(figures.costs, total.costs)} />
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" class="name">
              {texts.sum}
            </th>
            <Cells figures={total} share={undefined} />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function nameless(by: By): string {
  return by === 'label' || by === 'repo' ? texts.none.without : texts.none.unknown;
}

function Cells({ figures, share }: { readonly figures: CostFigures; readonly share: number | undefined }) {
  const { attempts, unknownCost, inputTokens, outputTokens, seconds } = figures;
  return (
    <>
      <td class="end numbers money">
        {costLines(figures).map((line) => (
          <span key={line}>{line}</span>
        ))}
      </td>
      <td class="wide-only">
        {share !== undefined && (
          <span class="share">
            <span class="bar">
              <span style={{ width: `${share}%` }} />
            </span>
            <span class="numbers">{texts.share(share / 100)}</span>
          </span>
        )}
      </td>
      <td class="end numbers">{formatCount(attempts)}</td>
      <td class="end numbers">
        {unknownCost > 0 ? formatCount(unknownCost) : <span class="muted">{common.none}</span>}
      </td>
      <td class="end numbers wide-only" title={formatCount(inputTokens)}>
        {formatCompact(inputTokens)}
      </td>
      <td class="end numbers wide-only" title={formatCount(outputTokens)}>
        {formatCompact(outputTokens)}
      </td>
      <td class="end numbers wide-only">{formatSpan(seconds * 1000)}</td>
    </>
  );
}
