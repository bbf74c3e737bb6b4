#!/bin/sh
# Makes the packages that tests/it/packages.rs runs: the requirements of each folder here that has some, installed by pip
# for Lambda's own machines, so that native modules for Linux come along; and the folder's handler, in one zip.
#
#   fetch.sh [NAME...]    all packages, or these
#
# Prints a line `NAME PATH` for each. A zip is made once: its name has a digest of the files it comes from. What
# layer-requirements.txt names goes to a zip of its own, under python/ as in a layer, called NAME-layer.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
out=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/wasmlam}/test-packages

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

# install REQUIREMENTS FOLDER. Every file is pinned by its digest and nothing else is installed.
install() {
    PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet --no-input \
        --require-hashes --no-deps --no-compile --target "$2" --requirement "$1" --only-binary=:all: \
        --implementation cp --python-version 3.13 --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 >&2 ||
        die "pip could not install $1"
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

# make NAME KIND FILE: KIND is `code` or `layer`.
make() (
    exec 9>"$out/.lock"
    flock 9 # two runs at a time would each download everything
    [ ! -e "$3" ] || exit 0
    need_pip
    say "making $(basename "$3")"
    work=$(mktemp -d "$out/.$1.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    mkdir "$work/files"
    case $2 in
    layer) install "$here/$1/layer-requirements.txt" "$work/files/python" ;;
    code)
        install "$here/$1/requirements.txt" "$work/files"
        cp -R "$here/$1/." "$work/files"
        (cd "$work/files" && rm -f ./*requirements.txt event.json expected.json)
        ;;
    esac
    pack "$work/files" "$work/zip"
    mv -f "$work/zip" "$3"
)

# package NAME KIND LABEL: makes it if need be, and prints its line.
package() {
    key=$(cd "$here" && LC_ALL=C && { echo "$2"; cat fetch.sh; find "$1" -type f ! -name '*.json' ! -path '*/__pycache__/*' | sort |
        xargs sha256sum; } | sha256sum | cut -c 1-16)
    file=$out/$3-$key.zip
    [ -e "$file" ] || make "$1" "$2" "$file"
    printf '%s %s\n' "$3" "$file"
}

mkdir -p "$out"
[ $# -gt 0 ] || set -- $(cd "$here" && ls)
for name; do
    [ ! -e "$here/$name/requirements.txt" ] || package "$name" code "$name"
    [ ! -e "$here/$name/layer-requirements.txt" ] || package "$name" layer "$name-layer"
done
