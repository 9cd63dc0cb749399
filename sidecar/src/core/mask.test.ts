import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, MASK, maskableChars, maskLine, maskSecrets } from './mask.js';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const word = (min: number, max = min, from = LETTERS) =>
  fc.string({ unit: fc.constantFrom(...from), minLength: min, maxLength: max });

/** A secret, and the text that it stands in. */
const secrets = fc.oneof(
  word(30, 60).map((tail) => `sk-${tail}`),
  word(30, 60).map((tail) => `sk-ant-api03-${tail}`),
  word(36).map((tail) => `ghp_${tail}`),
  word(36).map((tail) => `gho_${tail}`),
  word(60).map((tail) => `github_pat_${tail}`),
  word(20).map((tail) => `glpat-${tail}`),
  word(16, 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567').map((tail) => `AKIA${tail}`),
  word(24, 40).map((tail) => `xoxb-${tail}`),
  word(35).map((tail) => `AIza${tail}`),
  fc.tuple(word(20, 60), word(30, 90), word(43)).map(([a, b, c]) => `eyJ${a}.eyJ${b}.${c}`),
  word(43).map((tail) => `ac_${tail}`),
);
const placed = fc
  .tuple(
    word(16, 40),
    fc.constantFrom(
      ['Authorization: Bearer ', ''],
      ['authorization: ', ''],
      ['https://tern:', '@git.example.com/roof.git'],
      ['https://', '@git.example.com/roof.git'],
      ['PASSWORD=', ''],
      ['DB_PASSWORD="', '"'],
      ['?access_token=', '&page=2'],
      ['{"api_key": "', '"}'],
      ['{\\"clientSecret\\":\\"', '\\"}'],
      ['mysql --password ', ''],
    ),
  )
  .map(([secret, [before = '', after = '']]) => ({ secret, text: `${before}${secret}${after}` }));
const wordsAround = fc.array(
  fc.constantFrom('the', 'roof', 'is', '42', '(', '"', "'", '=', ':', '{', '\n', '\t', '→'),
  {
    maxLength: 8,
  },
);

describe('a mask', () => {
  it('takes keys of the common kinds out of any text', () => {
    fc.assert(
      fc.property(secrets, wordsAround, wordsAround, (secret, before, after) => {
        const masked = maskSecrets(`${before.join(' ')} ${secret} ${after.join(' ')}`, []);
        expect(masked).not.toContain(secret.slice(8));
        expect(masked).toContain(MASK);
        expect(masked.startsWith(before.join(' '))).toBe(true);
        expect(masked.endsWith(after.join(' '))).toBe(true);
      }),
    );
  });

  it('takes out what only its place shows to be a secret', () => {
    fc.assert(
      fc.property(placed, wordsAround, ({ secret, text }, around) => {
        expect(maskSecrets(`${around.join(' ')} ${text} ${around.join(' ')}`, [])).not.toContain(secret);
      }),
    );
  });

  it('takes out values that are known, longest first, and leaves short ones', () => {
    const known = ['correct horse', 'correct horse battery staple', 'short', 'one line\nanother line'];
    expect(maskSecrets('It is correct horse battery staple. short', known)).toBe(`It is ${MASK}. short`);
    expect(maskSecrets('> another line <', known)).toBe(`> ${MASK} <`);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          secrets,
          placed.map(({ text }) => text),
          fc.string(),
        ),
        wordsAround,
        (text, around) => {
          const once = maskSecrets(`${around.join(' ')} ${text}`, []);
          expect(maskSecrets(once, [])).toBe(once);
        },
      ),
    );
  });

  it.each([
    'const token = await readToken(path);',
    '  readonly token: string;',
    'used 1500 tokens (input_tokens=1500, output_tokens: 20)',
    'export PASSWORD=$OTHER',
    'curl https://user@example.com:8080/a?b=c',
    'ssh://git@example.com/roof.git http://127.0.0.1:7700/livez',
    'task-0199a000-0000-7000-8000-0123456789ab on branch agentcom/tern/0123456789ab-g3-mend-the-roof',
    'commit 0123456789abcdef0123456789abcdef01234567',
    'the password is asked for at the prompt: please type it',
    'risk-assessment-of-everything-there-is',
    'Bearer tokens are accepted',
  ])('leaves %j', (text) => {
    expect(maskSecrets(text, [])).toBe(text);
  });

  it.each([
    ['on lines of their own', 'x\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nAAAA+/=\n-----END RSA PRIVATE KEY-----\ny'],
    ['in one JSON text', 'x\n{"k":"-----BEGIN PRIVATE KEY-----\\nMIIEow\\n-----END PRIVATE KEY-----\\n"}\ny'],
    ['with numbered lines', 'x\n 1|-----BEGIN EC PRIVATE KEY-----\n 2|MIIEow\n 3|-----END EC PRIVATE KEY-----\ny'],
    ['that never end', 'x\n-----BEGIN OPENSSH PRIVATE KEY-----\nMIIEow\nThe next command follows.\ny'],
  ])('takes out private keys %s, and nothing behind them', (_, text) => {
    const masked = maskSecrets(text, []);
    expect(masked).not.toContain('MIIEow');
    expect(masked.startsWith('x\n')).toBe(true);
    expect(masked.endsWith('\ny')).toBe(true);
  });

  it('knows over several lines that it is inside a private key', () => {
    const begun = maskLine('-----BEGIN PRIVATE KEY-----', [], false);
    expect(begun).toEqual({ text: MASK, inKey: true });
    expect(maskLine('MIIEow', [], begun.inKey)).toEqual({ text: MASK, inKey: true });
    expect(maskLine('-----END PRIVATE KEY----- done', [], true)).toEqual({ text: `${MASK} done`, inKey: false });
  });

  it('takes time in proportion to the text, whatever that is', () => {
    const costs = [
      'sk-',
      'eyJ',
      'eyJa.',
      '://a:',
      '://',
      'token: ',
      'token="',
      '--token ',
      '-----BEGIN PRIVATE KEY-----',
    ];
    for (const piece of [...costs, 'authorization: ', 'bearer ', '--', 'a', ' ', '\\n', '"', '9', 'xoxb-', 'ac_']) {
      // A quadratic pattern takes longer than a test may.
      expect(maskSecrets(piece.repeat(1_000_000 / piece.length), ['aaaaaaaab'])).toBeTypeOf('string');
    }
  });
});

describe('the part of an unfinished line that can be shown', () => {
  it('never parts a secret, wherever it is cut', () => {
    const known = 'correct horse battery';
    const all = fc.oneof(secrets, fc.constant(known));
    fc.assert(
      fc.property(all, wordsAround, fc.nat(200), (secret, around, at) => {
        const text = `${around.join(' ')} ${secret} ${around.join(' ')} end`;
        const cut = maskableChars(text.slice(0, at), [known]);
        const shown = maskSecrets(text.slice(0, cut), [known]) + maskSecrets(text.slice(cut), [known]);
        expect(shown).not.toContain(secret.slice(8));
        expect(maskSecrets(text.slice(0, cut), [known])).not.toContain(secret.slice(0, 16));
      }),
    );
  });

  it('ends before the last word, but not before dots, and is all of an endless word', () => {
    expect(maskableChars('Compiling roof', [])).toBe('Compiling '.length);
    expect(maskableChars('Compiling .....', [])).toBe('Compiling .....'.length);
    expect(maskableChars('a'.repeat(10_000), [])).toBe(10_000);
  });
});

it.each([
  'ANTHROPIC_API_KEY',
  'github_token',
  'DB_PASSWORD',
  'AWS_SECRET',
  'MY_CREDENTIALS',
  'NPM_CONFIG__AUTH',
  'GH_PAT',
  'MYSQL_PWD',
  'COOKIE',
])('%s names a secret', (name) => expect(isSecretName(name)).toBe(true));
it.each(['PATH', 'HOME', 'TERM', 'GIT_AUTHOR_NAME', 'SSH_AUTH_SOCK', 'PWD', 'OLDPWD'])('%s names none', (name) =>
  expect(isSecretName(name)).toBe(false),
);
