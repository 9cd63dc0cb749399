// A job as its agent sees it.

import type { AgentTask, Message } from '@agentcom/schemas';
import { budgetLeft } from '../core/budget.js';
import type { Job } from '../core/job-model.js';
import { addUsage } from '../core/usage.js';

export function agentTask(job: Job, messages: readonly Message[]): AgentTask {
  const { task, workspace } = job;
  const git = workspace?.kind === 'git' ? workspace : null;
  const verify = task.verify ?? git?.settings.verify ?? [];
  const left = budgetLeft(job);
  return {
    task: task.id,
    title: task.title,
    prompt: task.prompt,
    ...(git !== null && { repo: { url: git.url, branch: git.branch, base: git.baseBranch } }),
    ...(verify.length > 0 && { verify }),
    answers: [...(task.answers ?? []), ...job.answers],
    ...(Object.keys(left).length > 0 && { budgetLeft: left }),
    used: addUsage(task.used ?? {}, job.usage),
    messages,
  };
}
