// The mails that people get about their accounts. Nothing in them is of strangers' choosing but the name of an organisation, which is a short slug.

import type { MemberRole } from '@agentcom/schemas';
import type { OutgoingMail } from '../mail-port.js';

type Text = Omit<OutgoingMail, 'to'>;

export function resetMail(hub: string, url: string): Text {
  return {
    subject: 'AgentCom: set a new password',
    text: `Somebody, probably you, asked for a new password for your account at ${hub}.

Set it within an hour. The link works once:

${url}

If it was not you, ignore this mail: your password stays as it is.
`,
  };
}

/** For whoever cannot have a password by mail. */
export function linkedMail(hub: string): Text {
  return {
    subject: 'AgentCom: how you sign in',
    text: `Somebody, probably you, asked for a new password for your account at ${hub}.

You sign in with your organisation's identity provider, so no password is set by mail. Sign in here:

${hub}/sign-in
`,
  };
}

export function invitationMail(hub: string, org: string, role: MemberRole, url: string, until: string): Text {
  return {
    subject: `AgentCom: you are invited to ${org}`,
    text: `You are invited to the organisation ${org} at ${hub}, with the role ${role}.

Accept by ${until.slice(0, 16).replace('T', ' ')} UTC. The link works once:

${url}

If you do not know what this is about, ignore this mail.
`,
  };
}
