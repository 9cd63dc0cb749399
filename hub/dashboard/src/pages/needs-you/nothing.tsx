// When nothing waits for anybody: that, and how things are; or that nothing of it matches.

import { formatCount } from '../../format.js';
import { overview } from '../../live/live.js';
import { formatAmounts } from '../../money.js';
import { pushState } from '../../push.js';
import { may } from '../../session.js';
import { needsTexts as texts } from '../../texts/needs-you.js';
import { Button } from '../../ui/button.js';
import { Empty } from '../../ui/empty.js';

export function NothingNeedsYou() {
  return (
    <Empty icon="done" title={texts.emptyTitle}>
      <p>{texts.emptyText}</p>
      <HowThingsAre />
      {may('notifications.follow') && pushState.value === 'off' && (
        <p class="muted">
          <a href="/account">{texts.push}</a> {texts.pushText}
        </p>
      )}
    </Empty>
  );
}

export function NothingMatches({ onClear }: { readonly onClear: () => void }) {
  return (
    <Empty icon="search" title={texts.noneTitle}>
      <p>{texts.noneText}</p>
      <Button onClick={onClear}>{texts.clear}</Button>
    </Empty>
  );
}

function HowThingsAre() {
  const said = overview.value;
  if (said === undefined) return null;
  const { tasks, queued, agents, spend } = said;
  const all = agents && Object.values(agents).reduce((sum, n) => sum + n, 0);
  const connected = agents && all !== undefined ? all - agents.offline : undefined;
  const waiting = Object.values(queued).reduce((sum, n) => sum + n, 0);
  return (
    <dl class="how-things-are numbers">
      <div>
        <dt>{texts.working}</dt>
        <dd>
          <a href="/tasks?q=state:working">{formatCount(tasks.working)}</a>
        </dd>
      </div>
      <div>
        <dt>{texts.queued}</dt>
        <dd>
          <a href="/tasks?q=state:queued">{formatCount(waiting)}</a>
        </dd>
      </div>
      {connected !== undefined && all !== undefined && (
        <div>
          <dt>{texts.agentsOf(all)}</dt>
          <dd>{formatCount(connected)}</dd>
        </div>
      )}
      {spend !== undefined && spend.today.length > 0 && (
        <div>
          <dt>{texts.spend}</dt>
          <dd>{formatAmounts(spend.today)}</dd>
        </div>
      )}
    </dl>
  );
}
