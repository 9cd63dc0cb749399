// Where a repository is kept, read out of its address: `https://`, `ssh://` and `git@host:path` all name a host and a path there.

export interface RepoAddress {
  /** With the port, when it is not the usual one and the address is a web address. */
  readonly host: string;
  /** Without leading slash and `.git`: `group/project`. */
  readonly path: string;
}

/** Null for repositories that no host serves, such as directories. */
export function repoAddress(url: string): RepoAddress | null {
  const scp = /^(?:[^@/:]+@)?(\[[^/\]]+\]|[^/:]+):(?!\/\/)(.+)$/.exec(url);
  const full = /^(https?|ssh):\/\/(?:[^@/]*@)?([^/]+)\/(.+)$/i.exec(url);
  if (full !== null) {
    const [, scheme, authority = '', path = ''] = full;
    // The port of ssh says nothing about where the web pages are.
    const host = scheme?.toLowerCase() === 'ssh' ? authority.replace(/:\d+$/, '') : authority;
    return address(host, path);
  }
  if (scp === null || /^file:/i.test(url)) return null;
  return address(scp[1] ?? '', scp[2] ?? '');
}

function address(host: string, path: string): RepoAddress | null {
  const plain = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  return host === '' || plain === '' ? null : { host: host.toLowerCase(), path: plain };
}

/**
 * Whether a pull request at that web address can be one of the repository: at its host, or at one above or below it, since `ssh.example.com` is
 * `example.com` in a browser. Only ssh knows what a host without a dot stands for, so any may be meant.
 */
export function isRequestOf(repoUrl: string, webUrl: string): boolean {
  const repo = repoAddress(repoUrl);
  if (repo === null || !/^https?:/i.test(webUrl) || !URL.canParse(webUrl)) return false;
  const isWeb = /^https?:/i.test(repoUrl);
  const [own, other] = [isWeb ? new URL(repoUrl).hostname : repo.host, new URL(webUrl).hostname];
  if (!isWeb && !own.includes('.') && !own.includes(':')) return true;
  return own === other || isBelow(own, other) || isBelow(other, own);
}

/** A name of one label, or an address, has nothing below it. */
function isBelow(name: string, above: string): boolean {
  return above.includes('.') && /[a-z]/i.test(above) && name.endsWith(`.${above}`);
}
