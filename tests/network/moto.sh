#!/bin/sh
# Prints the path of moto's server (AWS on loopback, from PyPI) for tests/it/network.rs. It is installed once, into a folder that
# is named after the digest of the requirements; that takes a minute or two and the network.
set -eu

out=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/wasmlam}/test-network
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd -- "$(dirname -- "$0")"
folder=$out/moto-$(sha256sum moto-requirements.txt | cut -c1-16)
mkdir -p "$out"
exec 9>"$out/.lock"
flock 9 # two test runs at a time would each install it
if [ ! -e "$folder/done" ]; then
    echo "moto.sh: installing moto into $folder" >&2
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    PIP_DISABLE_PIP_VERSION_CHECK=1 "$folder/bin/python" -m pip install --quiet --no-input --no-deps \
        --requirement moto-requirements.txt >"$out/moto.log" 2>&1 || {
        sed -E "s#://[^/ ]+#://...#g; s/(host=|resolve )'[^']*'/\1'...'/g" "$out/moto.log" >&2
        rm -rf "$folder"
        exit 1
    }
    : >"$folder/done"
fi
echo "$folder/bin/moto_server"
