import { expect, it } from 'vitest';
import { causeIn } from './git-cause.js';

it.each([
  [
    'hints before it',
    'hint: Support for <GIT_DIR>/info/grafts is deprecated\nhint: and will be removed in a future Git version.\nhint:\nfatal: bad object HEAD\n',
    'fatal: bad object HEAD',
  ],
  [
    'advice of ssh',
    'git@example.org: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n',
    'git@example.org: Permission denied (publickey).\nfatal: Could not read from remote repository.',
  ],
  [
    'progress and what the remote says',
    'remote: Counting objects: 100% (3/3), done.\rremote: \nremote: error: GH006: Protected branch update failed\nTo https://x\n ! [remote rejected] a -> b (hook declined)\nerror: failed to push some refs\nhint: x\n',
    'remote: error: GH006: Protected branch update failed\n ! [remote rejected] a -> b (hook declined)\nerror: failed to push some refs',
  ],
  [
    'nothing but what follows from it',
    'Bad owner or permissions on /home/x/.ssh/config\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n',
    'Bad owner or permissions on /home/x/.ssh/config\nfatal: Could not read from remote repository.',
  ],
  [
    'a long banner before it',
    `${Array.from({ length: 20 }, (_, n) => `remote: * welcome ${n}`).join('\n')}\nremote: ERROR: no ticket number\n ! [remote rejected] a -> b\n`,
    `${[0, 1, 2, 3].map((n) => `remote: * welcome ${n}`).join('\n')}\n…\n${[14, 15, 16, 17, 18, 19].map((n) => `remote: * welcome ${n}`).join('\n')}\nremote: ERROR: no ticket number\n ! [remote rejected] a -> b`,
  ],
  ['no cause', 'something else\n', 'something else'],
  ['nothing but a warning', 'warning: only this\n', 'warning: only this'],
  ['nothing', '', ''],
])('is found with %s', (_name, stderr, cause) => {
  expect(causeIn(stderr)).toBe(cause.trim());
});
