// Agents that a task is not offered to for a while, because they have declined it or could not start it.

import type { State } from '../state.js';
import type { StoredError } from './events.js';
import { indexPassOver } from './indexes.js';
import { isSameRoute, routeOf } from './routes.js';
import { type PassOver, type Task, timesPassedOver } from './task.js';

/** Anything else that ends an attempt shows that a machine could start it. */
export function noteMachineFailure(task: Task, error: StoredError): void {
  if (error.class === 'machine') task.machineFailures = (task.machineFailures ?? 0) + 1;
  else if (task.machineFailures !== undefined) forgetMachineFailures(task);
}

function forgetMachineFailures(task: Task): void {
  task.machineFailures = undefined;
  task.passedOver = undefined;
}

/** Another runner of the same machine may do. */
export function isOfRunner({ code }: StoredError): boolean {
  return code.startsWith('runner.');
}

/** `ofRoute`: what was declined may have been the runner or the model, of the several that it names. */
export function passOver(state: State, task: Task, agent: string, until: number, ofRoute: boolean): void {
  const { choice } = task;
  const route = ofRoute && choice !== undefined ? { route: routeOf(choice) } : {};
  const isSame = (entry: PassOver): boolean =>
    entry.agent === agent &&
    (entry.route === undefined || route.route === undefined || isSameRoute(entry.route, route.route));
  const others = (task.passedOver ?? []).filter((entry) => !isSame(entry));
  task.passedOver = [...others, { agent, until, times: timesPassedOver(task, agent) + 1, ...route }];
  indexPassOver(state, task, until);
}
