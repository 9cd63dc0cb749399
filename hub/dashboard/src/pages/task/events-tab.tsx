// The history of a task, newest first.

import type { LiveTask } from '@agentcom/schemas';
import { taskPageTexts } from '../../texts/task.js';
import { Moment } from '../../ui/time.js';
import { nameOf } from './task-head.js';

const texts = taskPageTexts.events;

export function EventsTab({ task: { history, historyDropped, names } }: { readonly task: LiveTask }) {
  return (
    <>
      <ol class="events">
        {history
          .map((entry, i) => ({ ...entry, key: historyDropped + i }))
          .toReversed()
          .map(({ at, event, detail, key }) => (
            <li key={key}>
              <span class="muted">
                <Moment at={at} />
              </span>
              <span>
                <b>{event.replaceAll('_', ' ')}</b>
                {detail !== undefined && <span class="as-written"> {nameOf(detail, names)}</span>}
              </span>
            </li>
          ))}
      </ol>
      {historyDropped > 0 && <p class="muted">{texts.dropped(historyDropped)}</p>}
    </>
  );
}
