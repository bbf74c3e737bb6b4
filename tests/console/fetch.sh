#!/bin/sh
# Makes what tests/console needs: Debian's chromium with its driver, and axe-core, which looks for what keeps people out of a
# page. axe-core is pinned by its digest in package-lock.json and kept in the cache folder, outside of the tree.
# Prints the path of axe-core's script.
set -eu

cache=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/wasmlam}
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
cd -- "$(dirname -- "$0")"

say() { printf '%s\n' "fetch.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# need COMMAND PACKAGE...
need() {
    command=$1
    shift
    command -v "$command" >/dev/null 2>&1 && return
    if [ -e /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
        say "installing $*"
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2 ||
            { apt-get update >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2; }
    fi
    command -v "$command" >/dev/null 2>&1 || die "there is no $command; hint: on Debian and Ubuntu, apt-get install $*"
}

need chromedriver chromium chromium-driver fonts-dejavu-core fonts-liberation
out=$cache/test-console/$(sha256sum package-lock.json | cut -c1-16)
if [ ! -e "$out/node_modules/axe-core/axe.min.js" ]; then
    need npm npm
    mkdir -p "$out"
    cp package.json package-lock.json "$out/"
    (cd "$out" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || die "npm could not install axe-core"
fi
printf '%s\n' "$out/node_modules/axe-core/axe.min.js"
