// What the agent says it has done.

import type { LiveTask } from '@agentcom/schemas';
import { taskPageTexts } from '../../texts/task.js';
import { LongText } from '../../ui/long-text.js';

const texts = taskPageTexts.result;

export function ResultPart({ summary, noChange, notes }: NonNullable<LiveTask['result']>) {
  return (
    <>
      {summary !== '' && (
        <section aria-label={texts.summary}>
          <LongText text={summary} />
        </section>
      )}
      {noChange !== undefined && (
        <p class="as-written">
          <b>{texts.noChange}:</b> {noChange}
        </p>
      )}
      {notes?.map((note) => (
        <p class="note warn as-written" key={note}>
          {note}
        </p>
      ))}
    </>
  );
}
