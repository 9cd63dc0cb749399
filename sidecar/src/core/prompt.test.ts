import { describe, expect, it } from 'vitest';
import { jobIn, QUESTION, task, WORKSPACE } from './fixture.js';
import type { Job } from './job-model.js';
import { promptOf } from './prompt.js';

const SESSION = {
  session: { runner: 'claude', id: 's' },
  counters: { inputTokens: 0, outputTokens: 0, costMicros: 0 },
};
const claude = { kind: 'claude', model: null } as const;
const error = { class: 'transient', code: 'runner.failed', message: 'exit code 3' } as const;

function first(more: Partial<Job> = {}): Job {
  return jobIn('preparing', { workspace: WORKSPACE, ...more });
}

describe('the prompt of a turn', () => {
  it('is the prompt of the task and nothing else, for a command at its first attempt', () => {
    expect(promptOf(first(), null)).toBe('Please.');
  });

  it('says what became of earlier attempts, and whether their work is here', () => {
    const again = task({
      pastAttempts: [
        { generation: 1, agent: 'gull' },
        { generation: 2, agent: 'tern', error },
      ],
    });
    const text = promptOf(first({ task: again }), null);
    expect(text).toMatch(/^Please\.\n\nPrevious attempts failed:\n- Attempt 2 by tern .*exit code 3/);
    expect(text).toContain('start fresh');
    expect(promptOf(first({ task: again, workspace: { ...WORKSPACE, restored: true } }), null)).toContain(
      'is in the worktree',
    );
  });

  it('says what was answered in this attempt and before it, once', () => {
    const answered = { ...QUESTION, answer: 'slate' };
    const text = promptOf(first({ task: task({ answers: [answered] }), answers: [answered] }), null);
    expect(text.match(/Answered: slate/g)).toHaveLength(1);
  });

  it('tells an agent that can use them of its branch, its tools and what its work has to pass', () => {
    const text = promptOf(first({ runner: claude }), null);
    expect(text).toMatch(/^Please\./);
    for (const part of [WORKSPACE.branch, 'Commit', 'Do not push', 'npm test', '`ask`', '`submit_result`']) {
      expect(text).toContain(part);
    }
    expect(promptOf(first({ runner: claude, workspace: { kind: 'scratch', dir: '/x' } }), null)).not.toContain(
      'branch',
    );
  });

  it('tells a session whose attempt failed of a task that was changed since, and only then', () => {
    const told = (promptChanged: boolean) =>
      promptOf(first({ runner: claude, task: task({ promptChanged }) }), SESSION);
    expect(told(true)).toContain('The task has been changed. It now reads:\n\nPlease.');
    expect(told(false)).not.toContain('Please.');
  });

  it('to a session that asked is the answer alone', () => {
    const job = jobIn('blocked', { runner: claude, answers: [{ ...QUESTION, answer: 'slate' }] });
    expect(promptOf(job, SESSION)).toBe('You asked:\nSlate or tiles?\n\nThe answer:\nslate\n\nContinue with the task.');
  });

  it('stays bounded however much there is to tell, and keeps the newest', () => {
    const long = 'x'.repeat(16_000);
    const pastAttempts = [1, 2, 3, 4, 5].map((generation) => ({
      generation,
      agent: 'tern',
      error: { ...error, message: long },
    }));
    const answers = Array.from({ length: 64 }, (_, n) => ({
      questionId: `q${n}`,
      question: `Which ${n}?`,
      answer: long,
    }));
    const text = promptOf(first({ runner: claude, task: task({ pastAttempts }), answers }), null);
    expect(Buffer.byteLength(text)).toBeLessThan(60 * 1024);
    expect(text).toContain('Which 63?');
    expect(text).not.toContain('Which 0?');
  });
});
