// What the agent asks, answered by a digit or in words; and what it has asked before.

import type { LiveTask, Question } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { useShortcuts } from '../../keys/shortcuts.js';
import { may } from '../../session.js';
import { taskPageTexts } from '../../texts/task.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Empty } from '../../ui/empty.js';
import { Field, Form } from '../../ui/form.js';
import { toast, toastError } from '../../ui/toast.js';

const texts = taskPageTexts.questions;

export function QuestionsTab({ id, task }: { readonly id: string; readonly task: LiveTask }) {
  const { question, answers = [] } = task;
  if (question === undefined && answers.length === 0) {
    return (
      <Empty icon="blocked" title={texts.none}>
        <p>{texts.noneText}</p>
      </Empty>
    );
  }
  return (
    <div class="stack">
      {question !== undefined && <OpenQuestion key={question.questionId} id={id} question={question} />}
      {answers.length > 0 && (
        <section class="stack">
          <h2>{texts.earlier}</h2>
          {answers.toReversed().map(({ questionId, question: asked, answer }) => (
            <div class="card" key={questionId}>
              <p class="as-written">{asked}</p>
              <blockquote class="as-written">{answer}</blockquote>
            </div>
          ))}
        </section>
      )}
    </div>
  );
}

function OpenQuestion({ id, question }: { readonly id: string; readonly question: Question }) {
  const { questionId, question: asked, context, choices = [] } = question;
  const busy = useSignal(false);
  const answer = async (text: string): Promise<void> => {
    await call('task.answer', { path: { id }, body: { answer: text, questionId } });
    toast(texts.answered);
  };
  const choose = async (text: string): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    await answer(text).catch((error: unknown) => toastError(toApiError(error)));
    busy.value = false;
  };
  const mayAnswer = may('tasks.answer');
  const digits = mayAnswer ? choices.slice(0, 9).map((text, i) => [`${i + 1}`, () => void choose(text)] as const) : [];
  useShortcuts(Object.fromEntries(digits));
  return (
    <section class="card open-question">
      <h2>{texts.open}</h2>
      <p class="as-written asked">{asked}</p>
      {context !== undefined && (
        <details open>
          <summary>{texts.context}</summary>
          <p class="as-written muted">{context}</p>
        </details>
      )}
      {!mayAnswer && <p class="muted">{texts.forbidden}</p>}
      {mayAnswer && choices.length > 0 && (
        <ol class="choice-list" aria-label={texts.choices}>
          {choices.map((text, i) => (
            <li key={text}>
              <button type="button" class="choice" disabled={busy.value} onClick={() => void choose(text)}>
                <kbd>{i + 1}</kbd>
                <span>{text}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
      {mayAnswer && (
        <Form onSend={({ answer: text = '' }) => answer(text)} label={texts.answer}>
          {(sending) => (
            <>
              <Field name="answer" label={texts.answer} rows={3} required />
              <DialogFoot busy={sending}>{texts.submit}</DialogFoot>
            </>
          )}
        </Form>
      )}
    </section>
  );
}
