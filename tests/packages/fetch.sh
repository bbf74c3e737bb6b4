#!/bin/sh
# Makes the packages that tests/it/packages.rs runs. For a folder here with a requirements.txt: what pip installs for
# Lambda's own machines, native modules for Linux included, and the folder's handler, in one zip. For a folder with a
# layer-requirements.txt: a layer, so all under python/ and no handler.
#
#   fetch.sh [NAME...]    all of them, or these
#
# Prints a line `NAME PATH` for each. A zip is made once: its name has a digest of the files it comes from.
# To renew the pins: pip install --dry-run --ignore-installed --report - with the options below tells versions and digests.
set -eu

out=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/wasmlam}/test-packages
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd -- "$(dirname -- "$0")"

say() { printf '%s\n' "fetch.sh: $*" >&2; }
die() { say "$*"; exit 1; }

need_pip() {
    python3 -m pip --version >/dev/null 2>&1 && return
    if [ -e /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
        say "installing python3-pip"
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-pip >&2 ||
            { apt-get update >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-pip >&2; }
    fi
    python3 -m pip --version >/dev/null 2>&1 ||
        die "python3 has no pip; hint: install it (on Debian and Ubuntu: apt-get install python3-pip) and run this again"
}

# install REQUIREMENTS FOLDER. Every file is pinned by its digest and nothing else is installed. What pip says is shown
# when it fails, without the names of the index's hosts: they may hold a password.
install() {
    PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet --no-input \
        --require-hashes --no-deps --no-compile --target "$2" --requirement "$1" --only-binary=:all: \
        --implementation cp --python-version 3.13 --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 \
        >"$work/pip.log" 2>&1 || {
        sed -E "s#://[^/ ]+#://...#g; s/(host=|resolve )'[^']*'/\1'...'/g" "$work/pip.log" >&2
        die "pip could not install $1"
    }
}

# pack FOLDER ZIP: the same bytes for the same files.
pack() {
    python3 - "$1" "$2" <<'EOF'
import pathlib, sys, zipfile
root = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), (1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o100644 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, path.read_bytes())
EOF
}

# make NAME ZIP
make() (
    exec 9>"$out/.lock"
    flock 9 # two runs at a time would each download everything
    [ ! -e "$2" ] || exit 0
    need_pip
    say "making $(basename "$2")"
    work=$(mktemp -d "$out/.$1.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    mkdir "$work/files"
    if [ -e "$1/requirements.txt" ]; then
        install "$1/requirements.txt" "$work/files"
        sources "$1" | while read -r file; do
            mkdir -p "$work/files/$(dirname "${file#*/}")"
            cp "$file" "$work/files/${file#*/}"
        done
    else
        install "$1/layer-requirements.txt" "$work/files/python"
    fi
    pack "$work/files" "$work/zip"
    mv -f "$work/zip" "$2"
)

# The files of a folder that go into its zip as they are. Events and expected results do not.
sources() {
    [ ! -e "$1/requirements.txt" ] ||
        find "$1" -type f ! -name '*requirements.txt' ! -name '*.json' ! -path '*/__pycache__/*' | LC_ALL=C sort
}

mkdir -p "$out"
[ $# -gt 0 ] || set -- */
for name; do
    name=${name%/}
    [ -d "$name" ] || die "there is no folder $name beside this script"
    ls "$name"/*requirements.txt >/dev/null 2>&1 || continue # the test runs its handler.py as it is
    key=$({ cat fetch.sh; sha256sum "$name"/*requirements.txt; sources "$name" | xargs -r sha256sum; } | sha256sum | cut -c 1-16)
    zip=$out/$name-$key.zip
    [ -e "$zip" ] || make "$name" "$zip"
    printf '%s %s\n' "$name" "$zip"
done
