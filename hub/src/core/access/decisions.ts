// Organisations, keys and enrolments. Only hashes ever come this far.

import { agentKey } from '../agent/agent.js';
import { agentNameFrom } from '../agent/agent-names.js';
import { allCapabilities } from '../agent/capabilities.js';
import { type DecisionTable, Refusal } from '../decision.js';

export const accessDecisions: DecisionTable<
  'org.ensure' | 'key.ensure' | 'key.create' | 'key.revoke' | 'enrolment.create' | 'enrol'
> = {
  'org.ensure': (decision, command) => {
    if (!decision.state.orgs.has(command.org)) decision.emit({ type: 'org.created', org: command.org });
    return {};
  },

  'key.ensure': (decision, command) => {
    const { org, role, name, hash } = command;
    if (decision.state.keys.has(hash)) return {};
    decision.emit({ type: 'key.created', key: decision.inputs.newId(), org, role, name, hash });
    return {};
  },

  'key.create': (decision, command) => {
    const { org, role, name, hash, ttlMs } = command;
    const key = decision.inputs.newId();
    const expiry = ttlMs === undefined ? {} : { expiresAt: decision.now + ttlMs };
    decision.emit({ type: 'key.created', key, org, role, name, hash, ...expiry });
    return { key };
  },

  'key.revoke': (decision, command) => {
    const keys = [...decision.state.keys.values()].filter(
      ({ org, revokedAt }) => org === command.org && revokedAt === undefined,
    );
    const key = keys.find(({ id }) => id === command.key);
    if (key === undefined) return new Refusal('key.not_found', `key ${command.key} not found`);
    const lasting = keys.filter(({ role, expiresAt }) => role === 'owner' && expiresAt === undefined);
    if (lasting.length === 1 && lasting[0] === key) {
      return new Refusal('key.last_owner', 'this is the last owner key that does not expire; create another one first');
    }
    decision.emit({ type: 'key.revoked', key: key.id });
    return {};
  },

  'enrolment.create': (decision, command) => {
    const { org, hash, uses, capabilities, by } = command;
    const enrolment = decision.inputs.newId();
    const expiresAt = decision.now + command.ttlMs;
    decision.emit({ type: 'enrolment.created', enrolment, org, hash, uses, expiresAt, capabilities, by });
    return { enrolment, expiresAt };
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
    if (enrolment === undefined || enrolment.usesLeft === 0 || enrolment.expiresAt <= now) {
      return new Refusal(
        'enrolment.invalid',
        'the enrolment token is unknown, used up or expired; get a new invitation',
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
    const granted = enrolment.capabilities;
    const capabilities = allCapabilities(granted, command.capabilities);
    decision.emit({ type: 'enrolment.used', hash: enrolment.hash });
    decision.emit({ type: 'agent.enrolled', org, agent, granted, capabilities, host: command.host, os: command.os });
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
