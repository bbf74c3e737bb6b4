#!/bin/sh
# Records what AWS's own Python runtime client does with the handlers of tests/handlers/oracle, into answers/.
# tests/it/oracle.rs then holds wasmlam to it, without needing any of this.
#
#   record.sh [SUBJECT...]    all subjects, or these folders of tests/handlers/oracle
#
# The client runs on the native CPython of the same source as wasmlam's, in a mount and network namespace of its own, so
# that the handlers see AWS's paths and address. That takes root, on x86-64 Linux. Running it twice gives the same files.
set -eu

cd -- "$(dirname -- "$0")"
say() { printf '%s\n' "record.sh: $*" >&2; }
die() { say "$*"; exit 1; }

[ "$(id -u)" = 0 ] || die "namespaces take root"
cache=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/wasmlam}
native=$(../../wasm-python/build.sh --native)
site=$cache/oracle/site-$(sha256sum requirements.txt | cut -c 1-16)
if [ ! -e "$site" ]; then
    say "installing the runtime client"
    mkdir -p "$cache/oracle"
    work=$(mktemp -d "$cache/oracle/.site.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet --no-input \
        --require-hashes --no-deps --no-compile --target "$work/site" --requirement requirements.txt --only-binary=:all: \
        --implementation cp --python-version 3.13 --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 \
        >"$work/pip.log" 2>&1 || {
        # Without the names of the index's hosts: they may hold a password.
        sed -E "s#://[^/ ]+#://...#g; s/(host=|resolve )'[^']*'/\1'...'/g" "$work/pip.log" >&2
        die "pip could not install requirements.txt"
    }
    chmod -R a+rX "$work" && mv "$work/site" "$site"
    rm -rf "$work"
fi
chmod a+rx "$native" # the client runs as a user of its own
exec unshare --mount --net "$native/bin/python3" -I -B record.py "$native" "$site" "$@"
