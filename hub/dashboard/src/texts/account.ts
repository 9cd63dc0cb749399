// Of the page about one's own account.

export const accountTexts = {
  title: 'Your account',
  who: (name: string, role: string, org: string) => `${name}, ${role} in ${org}`,
  confirm: 'Current password',
  confirmHint: 'Not needed if you signed in less than ten minutes ago.',

  passkeys: 'Passkeys',
  passkeysText: 'Sign in with a fingerprint, a face or a security key instead of a password.',
  noPasskeys: 'This browser, or this address, has no passkeys: they need https and a name, or localhost.',
  passkeyName: 'Name',
  passkeyNameHint: 'Such as the device it is on.',
  addPasskey: 'Add a passkey',
  remove: 'Remove',
  removed: 'Removed.',
  lastUsed: 'last used',
  neverUsed: 'never used',
  notMade: 'No passkey was made. Try again.',

  codes: 'Codes of an app',
  codesText: 'A password then signs in only together with a code of your authenticator app.',
  codesOn: (left: number) => `On. ${left} recovery codes are left.`,
  turnOn: 'Turn on',
  scan: 'Enter this in your app, then type the code that it shows.',
  openApp: 'Open in an app on this device',
  code: 'Code',
  confirmCode: 'Confirm',
  recovery: 'Recovery codes',
  recoveryText: 'Each signs you in once without the app. They are shown only now: keep them somewhere safe.',
  turnOff: 'Turn off',

  password: 'Password',
  newPassword: 'New password',
  newPasswordHint: (chars: number) => `At least ${chars} characters. You are signed out everywhere else.`,
  setPassword: 'Change the password',
  passwordSet: 'The password is changed.',

  sessions: 'Where you are signed in',
  current: 'this browser',
  end: 'Sign out there',

  keys: 'Keys',
  keysText: 'For the command line and for programs. A key may do what its role allows.',
  toKeys: 'Look at the keys',
} as const;
