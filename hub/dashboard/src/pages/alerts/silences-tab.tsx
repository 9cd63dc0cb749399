// What is silenced, by whom and until when.

import type { SilenceView } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { may } from '../../session.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import { texts as common } from '../../texts/common.js';
import { Button } from '../../ui/button.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';
import { Moment } from '../../ui/time.js';
import { toast, toastError } from '../../ui/toast.js';

export function SilencesTab() {
  const { value, error, reload } = useResource((signal) => call('silence.list', { query: { limit: 200 }, signal }), []);
  const end = (id: string): void => {
    call('silence.remove', { path: { id } }).then(
      () => {
        toast(texts.ended);
        reload();
      },
      (cause: unknown) => toastError(toApiError(cause)),
    );
  };
  if (error.value) return <ErrorNote error={error.value} onRetry={reload} />;
  if (value.value === undefined) return <SkeletonRows rows={3} />;
  if (value.value.items.length === 0) {
    return (
      <Empty icon="bell" title={texts.silencesNone}>
        <p>{texts.silencesText}</p>
      </Empty>
    );
  }
  return (
    <ul class="alert-list">
      {value.value.items.map((silence) => (
        <li class="alert" key={silence.id}>
          <div class="alert-head">
            <h2>{matchersText(silence.matchers)}</h2>
            <span class="push" />
            <span class="muted">
              {texts.ends} <Moment at={silence.endsAt} /> {silence.untilResolved && texts.untilResolved}
            </span>
            {may('alerts.change') && <Button onClick={() => end(silence.id)}>{texts.end}</Button>}
          </div>
          <p>{silence.reason}</p>
          <p class="muted">
            {texts.silenceBy(silence.createdBy)} · {texts.matches(silence.alerts)}
          </p>
        </li>
      ))}
    </ul>
  );
}

function matchersText({ rule, severity, subject, label }: SilenceView['matchers']): string {
  const parts = [
    rule,
    severity && `${texts.silenceOf.severity} ${common.severities[severity].toLowerCase()}`,
    subject && `${subject.kind} ${subject.id}`,
    label && `${texts.silenceOf.label} ${label.name}=${label.value}`,
  ].filter(Boolean);
  return parts.join(' · ') || texts.silenceOf.all;
}
