// The mails that people get about their accounts. Of strangers' choosing there is the name of an organisation, which is a short slug, and who
// invites, where that can be no link.

import type { Inviter, MemberRole } from '@agentcom/schemas';
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

interface MailedInvitation {
  readonly hub: string;
  readonly org: string;
  readonly role: MemberRole;
  readonly by: Inviter | undefined;
  readonly url: string;
  readonly until: string;
}

export function invitationMail({ hub, org, role, by, url, until }: MailedInvitation): Text {
  const who = inviterText(by);
  const invited = who === undefined ? 'You are invited' : `${who} invites you`;
  return {
    subject: `AgentCom: you are invited to ${org}`,
    text: `${invited} to the organisation ${org} at ${hub}, with the role ${role}.

Accept by ${until.slice(0, 16).replace('T', ' ')} UTC. The link works once:

${url}

If you do not know what this is about, ignore this mail.
`,
  };
}

/** Nothing that a mail program would make a link to a page of. */
const PLAIN_NAME = /^[\p{L}\p{M}\p{N}' -]+$/u;
const PLAIN_ADDRESS = /^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$/;

function inviterText({ name, email }: Partial<Inviter> = {}): string | undefined {
  const plain = name !== undefined && PLAIN_NAME.test(name) ? name : undefined;
  if (email === undefined) return plain === undefined ? undefined : `Whoever has the key "${plain}"`;
  if (!PLAIN_ADDRESS.test(email)) return plain;
  return plain === undefined ? email : `${plain} (${email})`;
}
