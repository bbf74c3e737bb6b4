#!/bin/sh
# Prints the folder of clients from PyPI (pure Python) that tests/it/clients.rs gives to a function, and that its servers use too.
# It is installed once, into a folder that is named after the digest of the requirements; that takes the network. The servers
# that are programs of their own, redis-server and postgres, are Debian's.
set -eu

out=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/wasmlam}/test-network
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd -- "$(dirname -- "$0")"
folder=$out/clients-$(sha256sum clients-requirements.txt | cut -c1-16)
mkdir -p "$out"
exec 9>"$out/.lock"
flock 9 # two test runs at a time would each install it
has() { command -v "$1" >/dev/null || ls /usr/lib/postgresql/*/bin/"$1" >/dev/null 2>&1; }
if ! has redis-server || ! has initdb; then
    [ -e /etc/debian_version ] && [ "$(id -u)" = 0 ] || {
        echo "clients.sh: redis-server or postgres is missing; hint: on Debian and Ubuntu: apt-get install redis-server postgresql" >&2
        exit 1
    }
    echo "clients.sh: installing redis-server and postgresql" >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server postgresql >&2 ||
        { apt-get update >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server postgresql >&2; }
fi
if [ ! -e "$folder.done" ]; then
    echo "clients.sh: installing clients into $folder" >&2
    rm -rf "$folder"
    PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet --no-input --require-hashes \
        --no-deps --no-compile --target "$folder" --requirement clients-requirements.txt --only-binary=:all: --platform any \
        --python-version 3.13 --implementation py --abi none >"$out/clients.log" 2>&1 || {
        sed -E "s#://[^/ ]+#://...#g; s/(host=|resolve )'[^']*'/\1'...'/g" "$out/clients.log" >&2
        rm -rf "$folder"
        exit 1
    }
    : >"$folder.done"
fi
echo "$folder"
