#!/bin/sh
# Sets up the AgentCom hub as a service on a bare Debian server, from a checkout that was built: user, directories, program, nats-server, TLS
# files, unit. Running it again changes only what differs, and updates the program. --help lists the options.
set -eu

USER_NAME=agentcom
DATA=/var/lib/agentcom
CONFIG=/etc/agentcom
PROGRAM=/opt/agentcom
UNIT=/etc/systemd/system/agentcom.service
DROP_IN=/etc/systemd/system/agentcom.service.d/setup.conf
COMMAND=/usr/local/bin/agentcom
RELEASES_KEPT=3

usage() {
  cat <<'END'
Usage: ops/deploy/setup.sh [options]     as root, in a checkout after `npm run build`

  --host ADDRESS       address to listen on (127.0.0.1)
  --port PORT          port to listen on (7700)
  --public-url URL     the address that machines and people use
  --tls-cert FILE      certificate with its chain (PEM); is copied, also when it is renewed
  --tls-key FILE       its private key
  --nats URL           use this NATS server instead of one of the hub's own
  --nats-server FILE   the nats-server program to use
  --node FILE          the Node to use (20.19 or newer)
  --backup-dir DIR     where backups go (/var/lib/agentcom/backups)
  --log-file FILE      log there, with logrotate, instead of into the journal of systemd
  --no-backup          make no backup before an update
  --no-start           start nothing
  --dry-run            say what would be done, and change nothing
END
}

fail() {
  echo "error: $1" >&2
  exit "${2:-1}"
}

host='' port='' public_url='' tls_cert='' tls_key='' nats='' nats_server='' node='' backup_dir='' log_file=''
dry_run='' no_start='' no_backup='' changed=''
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=1 ;;
    --no-start) no_start=1 ;;
    --no-backup) no_backup=1 ;;
    --help | -h) usage; exit 0 ;;
    --*)
      [ $# -ge 2 ] || fail "$1 needs a value; see --help" 64
      case $1 in
        --host) host=$2 ;;
        --port) port=$2 ;;
        --public-url) public_url=$2 ;;
        --tls-cert) tls_cert=$2 ;;
        --tls-key) tls_key=$2 ;;
        --nats) nats=$2 ;;
        --nats-server) nats_server=$2 ;;
        --node) node=$2 ;;
        --backup-dir) backup_dir=$2 ;;
        --log-file) log_file=$2 ;;
        *) fail "unknown option $1; see --help" 64 ;;
      esac
      shift ;;
    *) fail "unknown argument $1; see --help" 64 ;;
  esac
  shift
done

checkout=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- what is done is said, and with --dry-run only said

run() {
  echo "+ $*"
  [ -n "$dry_run" ] || "$@"
}

# put FILE MODE OWNER:GROUP: standard input becomes the file, unless it is that already
put() {
  cat > "$work/put"
  if [ -f "$1" ] && [ "$(stat -c '%a %U:%G' "$1")" = "$2 $3" ] && cmp -s "$work/put" "$1"; then return; fi
  changed=1
  echo "+ write $1 (mode $2, $3)"
  [ -n "$dry_run" ] || install -D -m "$2" -o "${3%:*}" -g "${3#*:}" "$work/put" "$1"
}

# directory PATH MODE OWNER:GROUP
directory() {
  if [ -d "$1" ] && [ "$(stat -c '%a %U:%G' "$1")" = "$2 $3" ]; then return; fi
  run install -d -m "$2" -o "${3%:*}" -g "${3#*:}" "$1"
}

# link TARGET PATH: in one step, so that whoever looks finds one or the other
link() {
  if [ "$(readlink "$2" 2>/dev/null || :)" = "$1" ]; then return; fi
  changed=1
  run ln -sfn "$1" "$2.new"
  run mv -T "$2.new" "$2"
}

# --- what has to be there first

check_options() {
  [ "$(id -u)" = 0 ] || [ -n "$dry_run" ] || fail 'run this as root (sudo ops/deploy/setup.sh …)' 77
  case $port in *[!0-9]*) fail "--port $port is not a number" 64 ;; esac
  if [ -n "$tls_cert$tls_key" ]; then
    if [ -z "$tls_cert" ] || [ -z "$tls_key" ]; then fail 'give both --tls-cert and --tls-key, or neither' 64; fi
    [ -r "$tls_cert" ] || fail "$tls_cert cannot be read" 66
    [ -r "$tls_key" ] || fail "$tls_key cannot be read" 66
    [ -n "$public_url" ] || [ -f "$CONFIG/hub.toml" ] || fail 'give --public-url https://NAME:PORT with a certificate for NAME' 64
  fi
  for path in "$backup_dir" "$log_file"; do
    case $path in
      '' | /*) ;;
      *) fail "$path has to begin with /" 64 ;;
    esac
    case $path in *[!A-Za-z0-9/._-]*) fail "$path may have letters, digits and / . _ - only" 64 ;; esac
  done
  case "$host$public_url$nats" in *\"* | *\\*) fail 'no value may have a quote or a backslash' 64 ;; esac
  for file in main.js bundle/agentcom.mjs; do
    [ -f "$checkout/scripts/dist/$file" ] || fail "$checkout is not built; run npm run build there first" 66
  done
}

is_node() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

# is_nats FILE: 2.10 or newer
is_nats() {
  version=$("$1" --version 2>/dev/null | sed -n 's/.*v\([0-9]*\.[0-9]*\).*/\1/p')
  case $version in
    '' | 0.* | 1.* | 2.?) return 1 ;;
  esac
}

from_debian() {
  command -v apt-get >/dev/null || return 1
  run env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1"
}

find_node() {
  if [ -z "$node" ]; then
    node=$(command -v node || :)
    if [ -z "$node" ]; then
      from_debian nodejs || :
      node=/usr/bin/node
    fi
  fi
  [ -n "$dry_run" ] && [ ! -x "$node" ] && return
  is_node "$node" || fail "$node is not a Node 20.19 or newer. Install one (https://nodejs.org), or name it with --node" 69
  node=$(readlink -f "$node")
  case $node in
    /home/* | /root/*) fail "$node is in a home, which the service does not see; install Node for all users, or name another with --node" 64 ;;
  esac
}

find_nats() {
  [ -z "$nats" ] || return 0
  if [ -n "$nats_server" ]; then
    is_nats "$nats_server" || fail "$nats_server is not a nats-server 2.10 or newer" 69
    return
  fi
  for nats_server in "$PROGRAM/bin/nats-server" "$(command -v nats-server || :)"; do
    if is_nats "$nats_server"; then return; fi
  done
  echo "+ $node $checkout/scripts/setup.mjs --nats-only"
  nats_server=$PROGRAM/bin/nats-server
  [ -z "$dry_run" ] || return 0
  nats_server=$("$node" "$checkout/scripts/setup.mjs" --nats-only) || fail 'name a nats-server with --nats-server' 69
}

# --- user, directories, program

make_user() {
  if getent passwd "$USER_NAME" >/dev/null; then return; fi
  run useradd --system --user-group --home-dir "$DATA" --no-create-home --shell /usr/sbin/nologin "$USER_NAME"
}

make_directories() {
  directory "$DATA" 700 "$USER_NAME:$USER_NAME"
  [ -z "$backup_dir" ] || directory "$backup_dir" 700 "$USER_NAME:$USER_NAME"
  directory "$CONFIG" 750 "root:$USER_NAME"
  for path in "$PROGRAM" "$PROGRAM/bin" "$PROGRAM/releases"; do directory "$path" 755 root:root; done
}

# One folder for each build, named by what is in it; `current` leads to the one that runs.
install_program() {
  stage=$work/release
  mkdir -p "$stage/dist" "$stage/node_modules/@node-rs"
  cp "$checkout/scripts/package.json" "$stage"
  for part in main.js chunks workers demo bundle; do cp -r "$checkout/scripts/dist/$part" "$stage/dist"; done
  for package in "$checkout"/node_modules/@node-rs/argon2*; do
    [ ! -d "$package" ] || cp -rL "$package" "$stage/node_modules/@node-rs"
  done
  chmod -R u=rwX,go=rX "$stage"
  sum=$(cd "$stage" && find . -type f ! -name '*.d.ts*' -print | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c 1-12)
  version=$(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$stage/package.json")
  release=releases/$version-$sum
  before=$(readlink "$PROGRAM/current" 2>/dev/null || :)
  if [ ! -d "$PROGRAM/$release" ]; then
    echo "+ copy the program to $PROGRAM/$release"
    if [ -z "$dry_run" ]; then
      rm -rf "$PROGRAM/$release.new"
      cp -r "$stage" "$PROGRAM/$release.new"
      mv "$PROGRAM/$release.new" "$PROGRAM/$release"
    fi
  fi
  if [ -n "$before" ] && [ "$before" != "$release" ]; then back_up; fi
  link "$release" "$PROGRAM/current"
  link "$node" "$PROGRAM/bin/node"
  if [ -n "$nats_server" ] && [ "$nats_server" != "$PROGRAM/bin/nats-server" ] && ! cmp -s "$nats_server" "$PROGRAM/bin/nats-server"; then
    changed=1
    run install -m 755 "$nats_server" "$PROGRAM/bin/nats-server.new"
    run mv -T "$PROGRAM/bin/nats-server.new" "$PROGRAM/bin/nats-server"
  fi
}

# An older hub may refuse a journal that this one has written: the way back leads over this backup.
back_up() {
  if [ -n "$no_backup" ] || ! is_active; then return; fi
  run "$COMMAND" backup create || fail 'no backup was made, so nothing was updated; --no-backup updates without one'
}

remove_old_releases() {
  [ -d "$PROGRAM/releases" ] || return 0
  find "$PROGRAM/releases" -mindepth 1 -maxdepth 1 -type d -printf '%T@ releases/%f\n' | sort -rn | cut -d ' ' -f 2 |
    tail -n "+$((RELEASES_KEPT + 1))" | while read -r old; do
      case $old in "$release" | "$before") ;; *) run rm -r "${PROGRAM:?}/$old" ;; esac
    done
}

# --- settings, command, unit

write_settings() {
  if [ -n "$tls_cert" ]; then
    # The hub takes new ones by itself.
    needs_restart=$changed
    put "$CONFIG/tls/hub.pem" 644 root:root < "$tls_cert"
    put "$CONFIG/tls/hub.key" 640 "root:$USER_NAME" < "$tls_key"
    changed=$needs_restart
  fi
  settings=$work/hub.toml
  {
    echo '# Settings of the hub; each is explained in ops/docs/guide.md. Restart it after a change: systemctl restart agentcom'
    echo "host = \"${host:-127.0.0.1}\""
    echo "port = ${port:-7700}"
    [ -z "$public_url" ] || echo "publicUrl = \"$public_url\""
    [ -z "$tls_cert" ] || printf 'tlsCert = "%s/tls/hub.pem"\ntlsKey = "%s/tls/hub.key"\n' "$CONFIG" "$CONFIG"
    [ -z "$nats" ] || echo "nats = \"$nats\""
    [ -z "$backup_dir" ] || echo "backupDir = \"$backup_dir\""
  } > "$settings"
  if [ ! -e "$CONFIG/hub.toml" ]; then
    put "$CONFIG/hub.toml" 640 "root:$USER_NAME" < "$settings"
  elif [ -n "$host$port$public_url$nats$backup_dir" ] && ! cmp -s "$settings" "$CONFIG/hub.toml"; then
    echo "note: $CONFIG/hub.toml is yours and stays as it is; what the options say is not in it"
  fi
  url=${public_url:-http://127.0.0.1:${port:-7700}}
  [ -e "$CONFIG/client.toml" ] || echo "hub = \"$url\"" | put "$CONFIG/client.toml" 640 "root:$USER_NAME"
}

write_command() {
  put "$COMMAND" 755 root:root <<END
#!/bin/sh
# The agentcom command of this server. Root uses it as the hub's user, who has the owner's key and the settings of this hub.
case \$(id -un) in
  root) cd / && exec runuser -u $USER_NAME -- "\$0" "\$@" ;;
  $USER_NAME) export HOME=$DATA XDG_DATA_HOME=${DATA%/*} XDG_CONFIG_HOME=${CONFIG%/*} ;;
esac
PATH=$PROGRAM/bin:\$PATH
exec $PROGRAM/bin/node $PROGRAM/current/dist/main.js "\$@"
END
}

write_unit() {
  put "$UNIT" 644 root:root < "$checkout/ops/deploy/systemd/agentcom.service"
  {
    echo '# Written by ops/deploy/setup.sh.'
    echo '[Service]'
    if [ -n "$port" ] && [ "$port" -lt 1024 ]; then
      # In a user namespace of its own it could not take the port.
      printf 'PrivateUsers=no\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n'
    fi
    [ -z "$backup_dir" ] || echo "ReadWritePaths=-$backup_dir"
    [ -z "$log_file" ] || printf 'StandardOutput=append:%s\nStandardError=append:%s\n' "$log_file" "$log_file"
  } > "$work/drop-in"
  if [ "$(wc -l < "$work/drop-in")" -gt 2 ]; then put "$DROP_IN" 644 root:root < "$work/drop-in"; fi
  [ -z "$log_file" ] || put /etc/logrotate.d/agentcom 644 root:root <<END
$log_file {
  daily
  rotate 14
  maxsize 100M
  compress
  delaycompress
  missingok
  notifempty
  copytruncate
}
END
}

is_active() {
  [ -d /run/systemd/system ] && systemctl --quiet is-active agentcom.service
}

start() {
  run systemctl enable agentcom.service
  if [ -n "$no_start" ]; then return; fi
  if [ ! -d /run/systemd/system ] && [ -z "$dry_run" ]; then
    echo 'note: systemd does not run here, so nothing was started'
    return
  fi
  [ -z "$changed" ] || run systemctl daemon-reload
  if [ -z "$changed" ] && is_active; then
    echo 'Nothing was changed; the hub runs.'
    return
  fi
  run systemctl restart agentcom.service || not_started
}

not_started() {
  echo 'Read why with: journalctl -u agentcom.service -n 50' >&2
  if [ -n "$before" ] && [ "$before" != "$release" ]; then
    echo 'Go back to the program of before (see "The way back" in ops/docs/deploy.md):' >&2
    echo "  ln -sfn $before $PROGRAM/current && systemctl restart agentcom.service" >&2
  fi
  fail 'the hub does not start'
}

say_next() {
  log=$([ -n "$log_file" ] && echo "tail -f $log_file" || echo "journalctl -u agentcom.service -f")
  cat <<END

Verify it:
  sudo agentcom doctor
  sudo agentcom status
Log:
  $log
END
  case ${host:-127.0.0.1} in
    127.* | localhost | ::1) ;;
    *) cat <<END
Open the port to your machines only, by one of:
  ufw allow from 10.0.0.0/8 to any port ${port:-7700} proto tcp
  nft add rule inet filter input ip saddr 10.0.0.0/8 tcp dport ${port:-7700} accept
END
  esac
}

check_options
find_node
find_nats
make_user
make_directories
install_program
write_settings
write_command
write_unit
start
remove_old_releases
[ -n "$dry_run" ] || say_next
