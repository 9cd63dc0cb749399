// The parts of addresses that people call a repository and a pull request by. Pure.

/** Owner and name, without host and `.git`. */
export function repoName(url: string): string {
  const path = url.replace(/^[a-z+]+:\/\/[^/]*\//i, '').replace(/^[^@/]+@[^:/]+:/, '');
  const parts = path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .filter(Boolean);
  return parts.slice(-2).join('/') || url;
}

/** `#12`, as forges number them; the host if the address has no number. */
export function pullRequestName(url: string): string {
  const number = /\/(\d+)\/?$/.exec(url)?.[1];
  return number === undefined ? url.replace(/^https?:\/\//, '').replace(/\/.*/, '') : `#${number}`;
}
