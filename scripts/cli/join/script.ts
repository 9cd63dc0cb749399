// The script that a hub serves at `/join`: it fetches the hub's own bundle, checks it, and hands over to `agentcom join` in it.

import { isInTheClear } from '@agentcom/schemas/host/network/proxy';
import { NODE_MINIMUM } from './machine-checks.js';

/** `hub` is the address under which the machine reaches it, without a trailing slash; `sha256` is of its program. */
export function joinScript(hub: string, sha256: string): string {
  const [major, minor] = NODE_MINIMUM;
  return `#!/bin/sh
# Makes this machine an agent of the AgentCom hub at ${hub.replace(/[^\x20-\x7e]/g, '?')}
# \`agentcom agent invite\` prints the line that fetches it, holds it against its checksum and runs it. Without a checksum:
#   curl -fsSL HUB/join | AGENTCOM_TOKEN=... sh -s -- --runner claude --service
# Arguments after the -- go to \`agentcom join\`. Nothing runs before the last line has arrived.
set -eu

hub=${shellQuoted(hub)}
sum=${shellQuoted(sha256)}

main() {
  umask 077${isInTheClear(new URL(hub)) ? '\n  need_insecure "$@"' : ''}
  need_node
  command -v git >/dev/null 2>&1 || fail 'git is not installed.' 'Install it (Debian, Ubuntu: apt install git; macOS: xcode-select --install), then run this again.'
  [ -n "\${HOME:-}" ] || fail 'HOME is not set.' 'Run this as an ordinary user with a home directory.'
  data=\${AGENTCOM_DATA_DIR:-\${XDG_DATA_HOME:-$HOME/.local/share}/agentcom}
  bin=$data/bin
  bundle=$bin/agentcom.mjs
  new=$bin/.agentcom.mjs.$$
  keep=no
  [ ! -e "$bundle" ] || keep=yes
  mkdir -p "$bin" || fail "$bin cannot be created." 'Correct its permissions, or set XDG_DATA_HOME.'
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  fetch "$hub/join/agentcom.mjs" "$new"
  check_sum
  mv -f "$new" "$bundle"
  run_join "$@"
  keep=yes
}

# Everyone on the way can read the token and the key, and change the program.
need_insecure() {
  case " $* " in
    *' --insecure '*) ;;
    *) fail "$hub is not encrypted." 'Give the hub a certificate, or add --insecure at the end of the line if only you use the network.' ;;
  esac
}

need_node() {
  command -v node >/dev/null 2>&1 || fail 'Node is not installed.' 'Install Node ${major}.${minor} or newer (https://nodejs.org), then run this again.'
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > ${major} || (a === ${major} && b >= ${minor}) ? 0 : 1)' ||
    fail "Node $(node --version) is too old." 'Install Node ${major}.${minor} or newer (https://nodejs.org), then run this again.'
}

# $1: address, $2: file
fetch() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsS --connect-timeout 15 --max-time 300 -o "$2" "$1" || not_fetched "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -T 30 -t 2 -O "$2" "$1" || not_fetched "$1"
  else
    fail 'Neither curl nor wget is installed.' 'Install one of them, then run this again.'
  fi
}

not_fetched() {
  fail "$1 cannot be fetched." 'Check that the hub is running and that this machine can reach it, then run this again.'
}

# Who checked this script by the sum in the invitation has checked the program with it.
check_sum() {
  node -e '
    const { createHash } = require("node:crypto");
    const { readFileSync } = require("node:fs");
    const [file, sum] = process.argv.slice(1);
    process.exit(createHash("sha256").update(readFileSync(file)).digest("hex") === sum ? 0 : 1);
  ' "$new" "$sum" || fail 'The bundle does not match its checksum.' 'It was cut short or changed in transit, or the hub was updated. Run this again; if it still fails, check any proxy between this machine and the hub.'
}

# Standard input is this script: questions are put to the terminal, where there is one.
run_join() {
  if (: </dev/tty) 2>/dev/null; then
    node "$bundle" join "$hub" "$@" </dev/tty
  else
    node "$bundle" join "$hub" "$@" </dev/null
  fi
}

# Runs at every end, and leaves nothing of a first try that made no agent.
clean_up() {
  rm -f "$new"
  [ "$keep" = no ] || return 0
  for config in "$data"/agents/*/sidecar.toml; do
    [ ! -e "$config" ] || return 0
  done
  rm -f "$bundle"
  rmdir "$bin" "$data" 2>/dev/null || true
}

# $1: what is wrong, $2: what to do about it
fail() {
  printf 'error: %s\\n%s\\n' "$1" "$2" >&2
  exit 1
}

{ main "$@"; }
`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
