// Enrolments: how machines become agents.

import { agentKey } from '../agent/agent.js';
import { agentNameFrom } from '../agent/agent-names.js';
import { allCapabilities } from '../agent/capabilities.js';
import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import { refuseMore } from './usage.js';

/** Of an organisation, that have not expired. */
export const ENROLMENTS_MAX = 10_000;

export const enrolmentDecisions: DecisionTable<'enrolment.create' | 'enrolment.revoke' | 'enrol'> = {
  'enrolment.create': (decision, command) => {
    const { type: _type, ttlMs, ...made } = command;
    if (decision.state.access.enrolmentsOf.size(made.org) >= ENROLMENTS_MAX) return tooManyEnrolments(made.org);
    const enrolment = decision.inputs.newId();
    const expiresAt = decision.now + ttlMs;
    decision.emit({ type: 'enrolment.created', enrolment, ...made, expiresAt });
    return { enrolment, expiresAt };
  },

  'enrolment.revoke': (decision, command) => {
    const { org, by } = command;
    const enrolment = decision.state.access.enrolmentsOf.of(org).find(({ id }) => id === command.enrolment);
    if (enrolment === undefined || enrolment.revokedAt !== undefined) return noSuchEnrolment(command.enrolment);
    decision.emit({ type: 'enrolment.revoked', org, hash: enrolment.hash, by });
    return {};
  },

  enrol: (decision, command) => {
    const { state, now } = decision;
    const enrolment = state.enrolments.get(command.tokenHash);
    const key = state.keys.get(command.keyHash);
    if (
      enrolment !== undefined &&
      key?.enrolment === enrolment.id &&
      key.agent !== undefined &&
      key.revokedAt === undefined
    ) {
      return { agent: key.agent, org: key.org };
    }
    if (
      enrolment === undefined ||
      enrolment.usesLeft === 0 ||
      enrolment.revokedAt !== undefined ||
      enrolment.expiresAt <= now
    ) {
      return new Refusal(
        'enrolment.invalid',
        'the enrolment token is unknown, used up, revoked or expired; get a new invitation',
      );
    }
    if (key !== undefined) {
      return new Refusal('request.invalid', 'this key is already in use; create a new one', [
        { path: '/keyHash', message: 'belongs to another enrolment' },
      ]);
    }
    const { org } = enrolment;
    const agent =
      command.name ?? agentNameFrom(decision.inputs.random(), (name) => state.agents.has(agentKey(org, name)));
    if (state.agents.has(agentKey(org, agent))) {
      return new Refusal('agent.name_taken', `an agent named ${agent} already exists; choose another name`, [
        { path: '/name', message: 'taken' },
      ]);
    }
    const refused = refuseMore(decision, org, 'agents');
    if (refused !== undefined) return refused;
    const { capabilities: granted, runners, repositories } = enrolment;
    const capabilities = allCapabilities(granted, command.capabilities, runners);
    const { host, os } = command;
    const bounds = { runners, repositories };
    decision.emit({ type: 'enrolment.used', hash: enrolment.hash });
    decision.emit({ type: 'agent.enrolled', org, agent, granted, capabilities, ...bounds, host, os });
    decision.emit({
      type: 'key.created',
      key: decision.inputs.newId(),
      org,
      role: 'agent',
      name: agent,
      hash: command.keyHash,
      agent,
      enrolment: enrolment.id,
    });
    return { agent, org };
  },
};

function tooManyEnrolments(org: string): Refusal {
  const message = `${org} has ${ENROLMENTS_MAX} invitations of machines already; some have to expire first`;
  return new Refusal('quota.exceeded', message);
}

export function noSuchEnrolment(id: string): Refusal {
  return new Refusal('enrolment.not_found', `enrolment ${id} not found`);
}

export function expireEnrolment(decision: Decision, hash: string): void {
  if (decision.state.enrolments.has(hash)) decision.emit({ type: 'enrolment.expired', hash });
}
