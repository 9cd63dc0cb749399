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
/** Of a web address: a name, or an e-mail address with its @ encoded. */
const WEB_USER = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*(?:%40[A-Za-z0-9.-]+)?$/;
/** A user name is no secret, but some hosts take a token in its place. Those have a known beginning, or are longer than any name. */
const TOKEN = /^(?:gh[a-z]_|github_pat_|gl[a-z]{2,}-|AT[A-Z]{2}|xox[a-z]-|sk-|pat_)|^.{40,}$/;
const NAME = '[A-Za-z0-9][A-Za-z0-9._-]*';
const IPV6 = '\\[[0-9A-Fa-f:.]+\\]';
const SSH_HOST = new RegExp(`^(?:${NAME}|${IPV6})$`);
const SCP_LIKE = new RegExp(`^(?:([^@:/]+)@)?(${NAME}|${IPV6}):(?!-|//)([^:]+)$`);
/** In the place of a host: the start of another kind of address, or a drive of Windows. */
const NO_HOST = /^(?:[A-Za-z]|https?|ssh|git|file|ftps?|ext|fd)$/i;

/** A part of a path that leads elsewhere than it says, also encoded: limits by address would not hold. */
const LEADS_ELSEWHERE = /(?:^|[/:\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\;]|%2f|%5c|%3b)|\\|%5c/i;

/** An address that git can fetch from, in one of the forms we allow, without a secret in it. */
export function isRepoUrl(text: string): boolean {
  if (UNPRINTABLE.test(text) || LEADS_ELSEWHERE.test(text)) return false;
  if (!text.includes('://')) return isScpLike(text);
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hostname, search, hash } = new URL(text);
  if (password !== '' || search !== '' || hash !== '') return false;
  switch (protocol) {
    case 'https:':
    case 'http:':
      return username === '' || (WEB_USER.test(username) && !TOKEN.test(username));
    case 'ssh:':
      return SSH_HOST.test(hostname) && (username === '' || USER.test(username));
    case 'file:':
      return hostname === '' && /^file:\/\/\//i.test(text);
    default:
      return false;
  }
}

/** `git@host:path`; without the user, `host` may be a name that the configuration of ssh explains. */
function isScpLike(text: string): boolean {
  const [, user, host = '', path = ''] = SCP_LIKE.exec(text) ?? [];
  if (path === '' || (user !== undefined && !USER.test(user))) return false;
  // git reads `[127.0.0.1:22]` as a host with its port.
  if (host.startsWith('[') && !URL.canParse(`http://${host}/`)) return false;
  return user !== undefined || !NO_HOST.test(host);
}
