// Which texts from outside may be used as git branches, references and addresses. All of them end up as arguments of
// git, so none may look like an option, and none may carry a password into logs.

const FORBIDDEN_IN_REF = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[/.]$/u;

/** What `git check-ref-format` accepts, in full: `refs/…`. */
export function isGitRef(text: string): boolean {
  return text.startsWith('refs/') && text.length > 'refs/'.length && !FORBIDDEN_IN_REF.test(text);
}

/** What `git check-ref-format --branch` accepts, without the shorthands it would expand. */
export function isBranchName(text: string): boolean {
  const isShorthand = text === '' || text === 'HEAD' || text === '@';
  return !isShorthand && !text.startsWith('-') && isGitRef(`refs/heads/${text}`);
}

/** Written out or percent-encoded: git decodes addresses. */
const UNPRINTABLE = /[\p{Cc}\s]|%(?:[01][0-9a-f]|7f)/iu;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const SSH_HOST = /^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])$/;
const SCP_LIKE = /^([^@:/]+)@([^@:/]+):(?!-|\/\/)[^:]+$/;

/** An address that git can fetch from, in one of the forms we allow, without a secret in it. */
export function isRepoUrl(text: string): boolean {
  if (UNPRINTABLE.test(text)) return false;
  if (!text.includes('://')) return isScpLike(text);
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hostname, search, hash } = new URL(text);
  if (password !== '' || search !== '' || hash !== '') return false;
  switch (protocol) {
    case 'https:':
    case 'http:':
      return username === '';
    case 'ssh:':
      return SSH_HOST.test(hostname) && (username === '' || USER.test(username));
    case 'file:':
      return hostname === '' && text.startsWith('file:///');
    default:
      return false;
  }
}

/** `git@host:path` */
function isScpLike(text: string): boolean {
  const [, user = '', host = ''] = SCP_LIKE.exec(text) ?? [];
  return USER.test(user) && SSH_HOST.test(host);
}
