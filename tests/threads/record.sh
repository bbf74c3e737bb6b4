#!/usr/bin/env bash
# Renews expected.json: what the native CPython of the same source gives for each program.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
"$(../../wasm-python/build.sh --native)/bin/python3" programs.py >expected.json.new
mv expected.json.new expected.json
