#!/bin/sh
# Fetches the packages whose doctests and unit tests are our corpora, pinned by digest, and makes a suite and a package out
# of each (README.md). Everything goes to the cache folder; nothing of others is in this repository.
#
# Prints a line `NAME FOLDER` for each; the folder has package.zip and suite.jsonl. It is made once: its name has a digest
# of the files here.
set -eu

cache=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/wasmlam}
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
out=$cache/corpora
cd -- "$(dirname -- "$0")"
# The cases are listed by the Python that the guest has, built natively.
python=$(WASMLAM_CACHE=$cache ../../wasm-python/build.sh --native)/bin/python3.13
mkdir -p "$out"
key=$(cat fetch.sh convert.py doctests.* unittests.* | sha256sum | cut -c 1-16)

for name in doctests unittests; do
    folder=$out/$name-$key
    if [ ! -e "$folder" ]; then
        work=$(mktemp -d "$out/.$name.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        kind=--only-binary=:all:
        [ "$name" = doctests ] || kind=--no-binary=:all:
        PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip download --quiet --no-input --require-hashes --no-deps "$kind" \
            --dest "$work/files" --requirement "$name.txt" >"$work/pip.log" 2>&1 || {
            sed -E "s#://[^/ ]+#://...#g; s/(host=|resolve )'[^']*'/\1'...'/g" "$work/pip.log" >&2
            echo "fetch.sh: pip could not fetch $name.txt" >&2
            exit 1
        }
        "$python" -I -B convert.py "$name" "$work/files" "$work/made" >&2
        mv "$work/made" "$folder"
        rm -rf "$work"
    fi
    printf '%s %s\n' "$name" "$folder"
done
