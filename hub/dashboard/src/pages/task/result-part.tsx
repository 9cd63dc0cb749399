// What the agent says it has done.

import type { LiveTask } from '@agentcom/schemas';
import { taskPageTexts } from '../../texts/task.js';

const texts = taskPageTexts.result;

export function ResultPart({ summary, noChange, notes }: NonNullable<LiveTask['result']>) {
  return (
    <>
      {summary !== '' && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard.
        <section class="task-summary as-written" aria-label={texts.summary} tabIndex={0}>
          {summary}
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
