// The part of a repository's address that people call it by: owner and name, without host and `.git`. Pure.

export function repoName(url: string): string {
  const path = url.replace(/^[a-z+]+:\/\/[^/]*\//i, '').replace(/^[^@/]+@[^:/]+:/, '');
  const parts = path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .filter(Boolean);
  return parts.slice(-2).join('/') || url;
}
