#!/usr/bin/env bash
# Records what docs/BENCHMARKS.md shows, on a machine that is otherwise at rest: about a quarter of an hour.
#
#   record.sh FOLDER     for instance benches/results/2026-11-23-vm-2core
#
# hello: every mode of a hello. sweep: a CPU-bound handler at six memory sizes, with its curve. process: the whole process
# of `wasmlam run` by hyperfine, where it is installed, beside our own figure. peers: benches/peers.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# = 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
out=$1
wasmlam=${WASMLAM:-${CARGO_TARGET_DIR:-target}/release/wasmlam}
mkdir -p "$out"
event='{"first_name": "Ada", "last_name": "Lovelace"}'

"$wasmlam" bench tests/handlers/hello_python.py --handler hello_python.my_handler --event "$event" \
    --mode cold,publish,each,snapshot,reuse --export "markdown=$out/hello.md" --export "csv=$out/hello.csv" --export "svg=$out/hello.svg"
"$wasmlam" bench benches/peers/handlers.py --handler handlers.compute --event '{"limit": 200000}' --mode snapshot --runs 20 \
    --cpu-model lambda --memory-size 128,256,512,1024,1769,3008 --timeout 60 \
    --export "markdown=$out/sweep.md" --export "csv=$out/sweep.csv" --export "svg=$out/sweep.svg"
benches/peers/run.sh --out "$out"

run=("$wasmlam" run tests/handlers/hello_python.py --handler hello_python.my_handler --event "$event")
"${run[@]}" >/dev/null 2>&1 # its image is kept from here on
if hyperfine=$(command -v "${HYPERFINE:-hyperfine}"); then
    printf -v command '%q ' "${run[@]}"
    "$hyperfine" --shell=none --warmup 5 --runs 200 --export-json "$out/hyperfine.json" "$command" >/dev/null 2>&1
    # Our own figure: the same process, timed from outside by nothing but a clock, beside what it says of itself.
    python3 - "$out/hyperfine.json" "${run[@]}" >"$out/process.md" <<'PYTHON'
import json, statistics, subprocess, sys, time
theirs = json.load(open(sys.argv[1]))["results"][0]
times = []
for _ in range(205):
    started = time.perf_counter()
    subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    times.append(time.perf_counter() - started)
own = statistics.median(times[5:])
print("The whole process of `wasmlam run` with a hello, medians of 200 runs:\n")
print(f"hyperfine {theirs['median'] * 1e3:.2f} ms, our own clock {own * 1e3:.2f} ms, ratio {own / theirs['median']:.3f}")
PYTHON
    rm "$out/hyperfine.json" # it names this machine's folders
    cat "$out/process.md"
else
    echo "record.sh: no hyperfine: the whole process is not compared" >&2
fi
