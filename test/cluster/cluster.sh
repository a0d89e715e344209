# Read by the scripts of this folder: where things lie, and how they speak.
# shellcheck shell=bash disable=SC2034

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CLUSTER_CACHE:-/var/cache/kdmq-cluster} # what `build` made: programs, images
run=${CLUSTER_RUN:-/run/kdmq-cluster}           # keys, pids, logs; gone after `down`
state=${CLUSTER_STATE:-/var/lib/kdmq-cluster}   # containers and the volumes of pods

# Ranges that are kept for tests of networks (RFC 2544, RFC 5180): nobody routes them.
node_address=198.19.255.1
node_address6=2001:2:0:ffff::1
dns_address=198.19.255.53
api_service=198.19.0.1 # the first address of the services
pods=198.18.0.0/22
pods6=2001:2:0:1::/64
services=198.19.0.0/17
services6=2001:2:0:fffe::/112

base_image=localhost/node:24-bookworm-slim

export PATH="$cache/bin:$PATH:/usr/sbin:/sbin"
export STORAGE_DRIVER=overlay BUILDAH_ISOLATION=chroot # of buildah

say() { echo "cluster: $*" >&2; }

fail() {
  say "$@"
  exit 1
}

need_debian_root() {
  [ "$(id -u)" = 0 ] || fail 'the test cluster needs root'
  grep -qs '^VERSION_ID="12"' /etc/os-release && grep -qs '^ID=debian' /etc/os-release ||
    fail 'the test cluster needs Debian 12'
}

# Lets packets from and to pods through where the machine forwards nothing by default, as docker sets it. -I or -D
forward_pods() {
  local end
  for end in -s -d; do
    iptables -w "$1" FORWARD "$end" "$pods" -j ACCEPT
    ip6tables -w "$1" FORWARD "$end" "$pods6" -j ACCEPT
  done
}

# Runs a command whose output goes to a log; when it fails, the end of the log is shown. what, log, command...
quietly() {
  local what=$1 log=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  "$@" > "$log" 2>&1 && return
  tail -n 15 "$log" >&2
  fail "$what failed; all of its output is in $log"
}

# Unpacks a package of npm into a folder. package, folder
npm_unpack() {
  mkdir -p "$2"
  quietly "npm pack $1" "$cache/log/npm-pack" npm pack --silent --ignore-scripts --pack-destination "$2" "$1"
  tar xzf "$2"/*.tgz -C "$2" --strip-components=1
  rm "$2"/*.tgz
}

# The file of an image in the cache.
archive_of() { echo "$cache/images/${1//[\/:]/_}.tar"; }

# One at a time, also when several tests ask at once. name
lock() {
  mkdir -p "$cache"
  exec 9> "$cache/$1.lock"
  flock --nonblock 9 || { say "waiting for another $1"; flock --timeout 3600 9 || fail "another $1 did not end in an hour"; }
}
