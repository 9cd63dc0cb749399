// What the agent was told, and what it says it has done.

import type { LiveTask, LiveTaskTexts } from '@agentcom/schemas';
import { taskPageTexts } from '../../texts/task.js';
import { SkeletonRows } from '../../ui/empty.js';

const texts = taskPageTexts;

interface PromptTabProps {
  readonly task: LiveTask;
  readonly written: LiveTaskTexts | undefined;
}

export function PromptTab({ task: { result }, written }: PromptTabProps) {
  return (
    <div class="stack">
      {result !== undefined && result.summary !== '' && (
        <section class="stack">
          <h2>{texts.result.summary}</h2>
          <p class="as-written">{result.summary}</p>
        </section>
      )}
      {result?.noChange !== undefined && (
        <section class="stack">
          <h2>{texts.result.noChange}</h2>
          <p class="as-written">{result.noChange}</p>
        </section>
      )}
      {result?.notes !== undefined && (
        <section class="stack">
          <h2>{texts.result.notes}</h2>
          {result.notes.map((note) => (
            <p class="note warn as-written" key={note}>
              {note}
            </p>
          ))}
        </section>
      )}
      <section class="stack">
        <h2>{texts.tabs.prompt}</h2>
        {written === undefined ? <SkeletonRows rows={3} /> : <div class="as-written prose">{written.prompt}</div>}
      </section>
    </div>
  );
}
