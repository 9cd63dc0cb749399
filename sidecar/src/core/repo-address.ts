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
