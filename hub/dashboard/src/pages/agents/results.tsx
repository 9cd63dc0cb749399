// The last results of an agent, and what it has spent today.

import type { LiveAgent } from '@agentcom/schemas';
import { failuresIn, resultsText } from '@agentcom/schemas/agent-results';
import { formatAmount } from '../../money.js';
import { agentTexts as texts } from '../../texts/agents.js';
import { texts as common } from '../../texts/common.js';
import { BLOCKS_HEIGHT, BLOCKS_WIDTH, blockPaths } from './result-blocks.js';

export function Results({ results }: { readonly results: LiveAgent['results'] }) {
  const said = results === undefined ? texts.noResults : texts.results(resultsText(results));
  const failures = failuresIn(results) ?? 0;
  return (
    <span class="results" title={said}>
      <svg class="blocks" width={BLOCKS_WIDTH} height={BLOCKS_HEIGHT} role="img" aria-label={said}>
        {[...blockPaths(results ?? '')].map(([tone, path]) => (
          <path key={tone} class={`is-${tone}`} d={path} />
        ))}
      </svg>
      {failures > 0 && (
        <span class="numbers" aria-hidden="true">
          {failures}
        </span>
      )}
    </span>
  );
}

/** What nobody knows is said, and is not nothing. */
export function SpentToday({ spent }: { readonly spent: LiveAgent['spentToday'] }) {
  if (spent === undefined) return <span class="muted">{common.none}</span>;
  const { costs, unknownCost, partial } = spent;
  const known = costs.map(formatAmount).join(' + ');
  const isLess = partial === true || unknownCost > 0;
  const notes = [
    ...(unknownCost > 0 ? [texts.unknownSpend(unknownCost)] : []),
    ...(partial === true ? [texts.partialSpend] : []),
  ];
  return (
    <span class={`numbers${known === '' ? ' muted' : ''}`} {...(notes.length > 0 && { title: notes.join('; ') })}>
      {known === '' ? texts.spendNotKnown : isLess ? texts.atLeast(known) : known}
      {notes.length > 0 && <span class="unseen"> ({notes.join('; ')})</span>}
    </span>
  );
}
