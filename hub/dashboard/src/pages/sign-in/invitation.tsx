// What an invitation is to, before it is accepted: who invites, to which organisation, with which role.

import type { Me } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { me } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { signInTexts as texts } from '../../texts/sign-in.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';
import { Back, type Go, Join, Register } from './other-ways.js';

interface InvitationProps {
  readonly token: string;
  readonly go: Go;
  readonly arrive: (who: Me) => void;
}

export function Invitation({ token, go, arrive }: InvitationProps) {
  const { value, error, reload } = useResource(() => call('invitation.show', { body: { token } }), [token]);
  if (error.value !== undefined) {
    return (
      <>
        <h1>{texts.invitedTitle}</h1>
        <ErrorNote error={error.value} onRetry={error.value.code === 'token.invalid' ? undefined : reload} />
        <Back go={go}>{texts.back}</Back>
      </>
    );
  }
  if (value.value === undefined) return <SkeletonRows rows={4} />;
  const { org, name, role, email, invitedBy } = value.value;
  const to = texts.invitedTo(invitedBy, name === undefined ? org : `${name} (${org})`, common.roles[role]);
  return me.value?.email === undefined ? (
    <Register invitation={{ token, to, email }} go={go} arrive={arrive} />
  ) : (
    <Join token={token} to={to} arrive={arrive} />
  );
}
