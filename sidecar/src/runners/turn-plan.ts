// By what a turn is watched over: what it may use, how long it may take and be silent, and how its use is priced.

import { budgetLeft, runTimeLeftMs } from '../core/budget.js';
import type { Job } from '../core/job-model.js';
import type { RunPlan } from '../core/run-model.js';
import type { AgentRunnerSettings } from './agent-runner.js';
import type { Provider } from './provider.js';

export function turnPlan(
  job: Job,
  { runner, kinds, prices, gatewayPrices }: AgentRunnerSettings,
  provider: Provider,
): RunPlan {
  const { hasFinalEvent = false, signInHint = '' } = kinds.get(job.runner.kind) ?? {};
  return {
    runner: job.runner.kind,
    model: job.runner.model,
    resume: job.turn.resume,
    inactivityMs: (job.task.inactivitySeconds ?? ownInactivity(job) ?? runner.inactivitySeconds) * 1000,
    timeoutMs: runTimeLeftMs(job),
    finalGraceMs: runner.finalGraceSeconds * 1000,
    budget: budgetLeft(job),
    prices,
    ...(provider.gateway !== null && gatewayPrices !== undefined && { gatewayPrices }),
    hasFinalEvent,
    signInHint: provider.signInHint ?? signInHint,
  };
}

/** What the repository says of itself. */
function ownInactivity({ workspace }: Job): number | undefined {
  return workspace?.kind === 'git' ? workspace.settings.inactivitySeconds : undefined;
}
