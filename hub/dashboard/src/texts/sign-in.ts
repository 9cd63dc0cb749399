// Of the page on which people sign in and register.

import type { Inviter } from '@agentcom/schemas';

function inviterText(by: Inviter | undefined): string {
  if (by === undefined) return 'Those who run this hub invite';
  return by.email === undefined ? `Whoever has the key “${by.name}” invites` : `${by.name} (${by.email}) invites`;
}

export const signInTexts = {
  title: 'Sign in',
  email: 'E-mail',
  password: 'Password',
  newPassword: 'New password',
  passwordHint: (chars: number) => `At least ${chars} characters.`,
  code: 'Code',
  codeHint: 'The six digits that your authenticator app shows, or a recovery code.',
  signIn: 'Sign in',
  passkey: 'Sign in with a passkey',
  passkeyFailed: 'No passkey was used. Try again, or sign in with your password.',
  provider: 'Sign in with your organisation',
  forgot: 'Forgot your password?',
  create: 'Create an account',
  back: 'Back to signing in',
  or: 'or',
  byInvitation: 'No account? An owner of your organisation can invite you.',
  byOwner: 'No account, or forgot your password? An owner of your organisation can send you a link.',
  onMachine: 'On the machine of the hub, agentcom login prints a link that signs you in.',

  linkTitle: 'Sign in with this link',
  linkText: 'The link works once.',

  registerTitle: 'Create an account',
  invitedTitle: 'You are invited',
  invitedTo: (by: Inviter | undefined, org: string, role: string) =>
    `${inviterText(by)} you to ${org} with the role ${role}.`,
  invitedText: 'Create your account to join.',
  name: 'Your name',
  org: 'Organisation',
  orgHint: 'A short name such as acme: lower-case letters, digits and hyphens.',
  orgName: 'Its full name',
  haveAccount: 'I have an account: sign in to join',

  joinTitle: 'Join the organisation',
  joinText: (who: string) => `You are signed in as ${who}.`,
  join: 'Join',

  resetTitle: 'Set a new password',
  resetText: 'You are signed out everywhere else.',
  reset: 'Set the password',
  resetDone: 'The new password is set. Sign in with it.',

  forgotTitle: 'Forgot your password?',
  forgotText: 'We send a link to set a new one. It works for an hour.',
  forgotSend: 'Send the link',
  forgotDone: 'If this address has an account, a link is on its way.',

  refused: 'Signing in failed. Try again.',
  ended: 'Your session has ended. Sign in again to pick up where you left off.',
} as const;
