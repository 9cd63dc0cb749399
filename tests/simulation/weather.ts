// What can go wrong in one run, and how often. Each seed leaves out some kinds of fault altogether, so that every mixture is met.

import type { Random } from './random.js';

export interface Weather {
  /** Network delay of one frame, ms, at most. */
  readonly delayMs: number;
  /** Of each frame. */
  readonly duplicated: number;
  readonly reordered: number;
  /** Of each frame; its connection breaks soon after, because a stream does not lose its middle. */
  readonly lost: number;
  /** Of each step of a hub or sidecar: it is killed right after. */
  readonly hubKilled: number;
  readonly sidecarKilled: number;
  /** Of a sidecar's death: the machine goes down with it, agent and all. */
  readonly machineLost: number;
  /** Of each append: the request or its answer is lost, or the request arrives after its writer gave up. */
  readonly appendLost: number;
  readonly answerLost: number;
  readonly appendLate: number;
  /** Of each append: the store dies with it under way. */
  readonly storeKilled: number;
  /** Of each second of the run. */
  readonly linkCut: number;
  readonly hubPaused: number;
  readonly sidecarPaused: number;
  /** Of each second of the run: a machine can start nothing for a while. */
  readonly machineBroken: number;
  readonly clockJumped: number;
  readonly hubStopped: number;
  /** Of each random number that a decision draws: the decision throws. */
  readonly decisionThrows: number;
  /** Of each offer: the sidecar rejects it. */
  readonly unwilling: number;
  /** Of each second of the run: somebody with a copy of an agent's key says hello. */
  readonly intruded: number;
  /** Of each hello: connections that it replaces say something more before they are closed. */
  readonly outspoken: number;
  /** Of each hand-over to the outbox: it is lost, or the answer to it. */
  readonly outboxLost: number;
}

export const CALM: Weather = {
  delayMs: 20,
  duplicated: 0,
  reordered: 0,
  lost: 0,
  hubKilled: 0,
  sidecarKilled: 0,
  machineLost: 0,
  appendLost: 0,
  answerLost: 0,
  appendLate: 0,
  storeKilled: 0,
  linkCut: 0,
  hubPaused: 0,
  sidecarPaused: 0,
  machineBroken: 0,
  clockJumped: 0,
  hubStopped: 0,
  decisionThrows: 0,
  unwilling: 0,
  intruded: 0,
  outspoken: 0,
  outboxLost: 0,
};

export function drawWeather(random: Random): Weather {
  const maybe = (most: number): number => (random.chance(0.6) ? most * (0.2 + 0.8 * random.next()) : 0);
  return {
    delayMs: random.pick([5, 50, 400, 3_000]),
    duplicated: maybe(0.04),
    reordered: maybe(0.06),
    lost: maybe(0.02),
    hubKilled: maybe(0.006),
    sidecarKilled: maybe(0.015),
    machineLost: maybe(0.5),
    appendLost: maybe(0.02),
    answerLost: maybe(0.03),
    appendLate: maybe(0.02),
    storeKilled: maybe(0.01),
    linkCut: maybe(0.06),
    hubPaused: maybe(0.03),
    sidecarPaused: maybe(0.03),
    machineBroken: maybe(0.02),
    clockJumped: maybe(0.03),
    hubStopped: maybe(0.015),
    decisionThrows: random.chance(0.2) ? 0.1 : 0,
    unwilling: random.chance(0.15) ? 0.8 : maybe(0.1),
    intruded: maybe(0.15),
    outspoken: maybe(1),
    outboxLost: maybe(0.3),
  };
}
