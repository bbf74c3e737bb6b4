#!/bin/sh
# Installs the clients that tests/it/serve_clients.rs runs against `wasmlam serve`: the AWS CLI and boto3 from PyPI, the AWS
# SDK for JavaScript from npm. They are kept outside of the tree, in a folder whose name has a digest of the pins here.
#
#   setup.sh    prints the folder: bin/aws and bin/python3 are in it, and node_modules
set -eu

out=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/wasmlam}/test-clients
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd -- "$(dirname -- "$0")"

say() { printf '%s\n' "setup.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# need COMMAND PACKAGE...: installs Debian's packages where the command is missing.
need() {
    command=$1
    shift
    eval "$command" >/dev/null 2>&1 && return
    if [ -e /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
        say "installing $*"
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2 ||
            { apt-get update >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2; }
    fi
    eval "$command" >/dev/null 2>&1 || die "'$command' fails; hint: install it (on Debian and Ubuntu: apt-get install $*) and run this again"
}

# run LOG COMMAND...: what a command says is shown when it fails, without the names of hosts: they may hold a password.
run() {
    log=$1
    shift
    "$@" >"$log" 2>&1 || { sed -E 's#://[^/ ]+#://...#g' "$log" >&2; die "failed: $1"; }
}

key=$(cat setup.sh requirements.txt package.json package-lock.json | sha256sum | cut -c 1-16)
folder=$out/$key
mkdir -p "$out"
exec 9>"$out/.lock"
flock 9 # two runs at a time would each download everything
if [ ! -e "$folder/done" ]; then
    need 'python3 -c "import ensurepip, venv"' python3-venv
    need 'node --version && npm --version' nodejs npm
    say "installing the AWS CLI, boto3 and the AWS SDK for JavaScript (once)"
    rm -rf "$folder"
    mkdir "$folder"
    trap 'rm -rf "$folder"' EXIT
    trap 'exit 1' HUP INT TERM
    # In place: a virtual environment cannot be moved.
    run "$folder/log" python3 -m venv "$folder"
    PIP_DISABLE_PIP_VERSION_CHECK=1 run "$folder/log" "$folder/bin/pip" install --quiet --no-input --require-hashes --no-deps \
        --only-binary=:all: --requirement requirements.txt
    cp package.json package-lock.json "$folder/"
    run "$folder/log" npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts
    trap - EXIT
    touch "$folder/done"
fi
printf '%s\n' "$folder"
