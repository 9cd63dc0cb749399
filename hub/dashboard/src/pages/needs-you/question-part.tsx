// A question of an agent: its choices by number, or an answer in one's own words.

import type { LiveNeed } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { may } from '../../session.js';
import { needsTexts as texts } from '../../texts/needs-you.js';
import { Button } from '../../ui/button.js';
import { LongText } from '../../ui/long-text.js';
import { answer } from './actions.js';

export function QuestionPart({ need, isGone }: { readonly need: LiveNeed; readonly isGone: boolean }) {
  const { question } = need;
  const typed = useSignal('');
  const busy = useSignal(false);
  const id = useId();
  if (question === undefined) return null;
  const send = async (text: string): Promise<void> => {
    if (busy.value || text.trim() === '') return;
    busy.value = true;
    const isTaken = await answer(need, text.trim());
    busy.value = false;
    if (isTaken) typed.value = '';
  };
  const { choices = [], context } = question;
  return (
    <>
      <p class="as-written question">{question.question}</p>
      {context !== undefined && (
        <div class="context">
          <LongText text={context} />
        </div>
      )}
      {may('tasks.answer') &&
        !isGone &&
        (choices.length > 0 ? (
          <ol class="choices" aria-label={texts.choices}>
            {choices.map((choice, i) => (
              <li key={choice}>
                <Button kind="plain" disabled={busy.value} onClick={() => void send(choice)}>
                  {i < 9 && <kbd>{i + 1}</kbd>} <span>{choice}</span>
                </Button>
              </li>
            ))}
          </ol>
        ) : (
          <form
            class="answer-form"
            onSubmit={(event) => {
              event.preventDefault();
              void send(typed.value);
            }}
          >
            <label class="unseen" for={id}>
              {texts.answer}
            </label>
            <textarea
              id={id}
              class="input answer"
              rows={1}
              placeholder={texts.answer}
              value={typed.value}
              onInput={({ currentTarget }) => {
                typed.value = currentTarget.value;
              }}
              onKeyDown={(event) => {
                if (event.key === 'Escape') event.currentTarget.blur();
                if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
                event.preventDefault();
                void send(typed.value);
              }}
            />
            <Button type="submit" busy={busy.value} disabled={typed.value.trim() === ''}>
              {texts.send}
            </Button>
          </form>
        ))}
    </>
  );
}
