#!/usr/bin/env bash
# Builds the interpreter bundle: CPython for WASI as a reactor, its standard library as bytecode, a manifest.
#
#   wasm-python/build.sh            build what is missing, print the bundle's folder on stdout
#   wasm-python/build.sh --native   only the native CPython of the same source (tests and benches use it)
#   wasm-python/build.sh --where    print the folder a build would use; exit 1 if it is not built yet
#
# Each stage is named after what it makes and kept under $WASMLAM_CACHE/build/<stage>-<key>, where the key is a
# digest of everything the stage reads. A stage whose folder is there is done; a folder appears only when its stage
# succeeded, so an interrupted build goes on where it stopped.
#
# Debian (any release): packages come through apt. Elsewhere give CPYTHON_SOURCE=<Python-3.13.5 tarball> and
# WASI_SDK_PATH=<wasi-sdk>, and the library tarballs in WASMLAM_SOURCES (file names as in versions.env).
set -euo pipefail
export LC_ALL=C TZ=UTC

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=versions.env
. "$here/versions.env"

cache=${WASMLAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wasmlam}
build=$cache/build
sources=${WASMLAM_SOURCES:-$build/sources}
python_tag=python${CPYTHON_VERSION%.*}
profile=$here/pgo/python-$CPYTHON_VERSION.profdata.xz
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
started=$(date +%s)

say() { printf '%s\n' "wasm-python: $*" >&2; }
trap 'say "error: line $LINENO: status $? from: $BASH_COMMAND"' ERR
set -E
die() { say "error: $*"; exit 1; }
# Digest of the arguments and, after `--`, of the named files or folders (contents and relative names).
key() {
    local words=() path
    while [ $# -gt 0 ] && [ "$1" != -- ]; do words+=("$1"); shift; done
    [ $# -gt 0 ] && shift
    {
        printf '%s\0' "${words[@]}"
        for path in "$@"; do
            (cd "$path" 2>/dev/null && find . -name __pycache__ -prune -o -type f -print0 | sort -z | xargs -0r sha256sum) ||
                sha256sum <"$path"
        done
    } | sha256sum | cut -c1-16
}

# ---------------------------------------------------------------------------------------------- stages
# stage NAME FOLDER FUNCTION: runs FUNCTION in a scratch folder with its output in a log, then moves it to FOLDER.
stage() {
    local name=$1 folder=$2 function=$3 work t0 status watcher
    [ -e "$folder" ] && return 0
    mkdir -p "$build"
    work=$(mktemp -d "$build/.$name.XXXXXX")
    t0=$(date +%s)
    say "$name: building (log: $work/log)"
    # A line every 20 s, so that a person sees that it moves and what it is doing.
    (while sleep 20; do say "$name: $(($(date +%s) - t0)) s, $(wc -l <"$work/log" 2>/dev/null) lines, $(tail -n 1 "$work/log" 2>/dev/null | cut -c1-90)"; done) &
    watcher=$!
    # Not `|| status=$?`: bash drops `set -e` inside anything that stands before `||`.
    set +e
    (set -e; cd "$work"; $function) >"$work/log" 2>&1 </dev/null
    status=$?
    set -e
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    if [ $status -ne 0 ]; then
        tail -n 40 "$work/log" >&2
        die "$name failed (status $status); whole log: $work/log"
    fi
    mkdir -p "$(dirname "$folder")"
    # Two builds at once: the one that is second to finish finds the folder there and drops its own.
    mv -T "$work" "$folder" 2>/dev/null || rm -rf "$work"
    say "$name: done in $(($(date +%s) - t0)) s"
}

on_debian() { command -v apt-get >/dev/null && command -v dpkg >/dev/null; }

apt_install() {
    local missing=() package
    for package in "$@"; do dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package"); done
    [ ${#missing[@]} -eq 0 ] && return 0
    [ "$(id -u)" = 0 ] || die "these packages are missing: ${missing[*]}. As root: apt-get install ${missing[*]}"
    say "installing ${missing[*]}"
    # The machine's lists may be older than its mirror: refresh them once when a package cannot be had.
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
        { apt-get update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null; } ||
        die "apt-get could not install ${missing[*]}"
}

# An apt of our own beside the build: trixie's lists, this machine's mirror and keyring, nothing of its state changed.
private_apt() {
    local mirror suites keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -f "$keyring" ] || apt_install debian-archive-keyring
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        grep -E '^(deb |URIs:)' | grep -oE '[a-z+]+://[^] ]+' | grep -E '/debian/?$' | head -n 1) || true
    [ -n "$mirror" ] || die "no Debian mirror in /etc/apt; give CPYTHON_SOURCE and WASI_SDK_PATH instead"
    mkdir -p "$build/apt/lists/partial" "$build/apt/cache/archives/partial"
    # Bookworm's sources are there for the C library, which is named with its version.
    for suites in "deb trixie" "deb-src trixie" "deb-src bookworm"; do
        echo "${suites% *} [signed-by=$keyring] $mirror ${suites#* } main"
    done >"$build/apt/sources.list"
    cat >"$build/apt/apt.conf" <<CONF
Dir::State::Lists "$build/apt/lists";
Dir::Cache "$build/apt/cache";
Dir::Etc::SourceList "$build/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "root";
CONF
    APT_CONFIG=$build/apt/apt.conf apt-get update
}

check_digest() {
    local file=$1 want=$2 got
    got=$(sha256sum "$file" | cut -d' ' -f1)
    [ "$got" = "$want" ] || die "$file has SHA-256 $got, versions.env says $want: not used"
}

# name, file and digest of each source package, as versions.env has them
source_list() {
    local name
    for name in CPYTHON WASI_LIBC ZLIB BZIP2 XZ SQLITE; do
        local package=${name}_PACKAGE file=${name}_FILE sha=${name}_SHA256
        echo "${!package} ${!file} ${!sha}"
    done
}

fetch() {
    local package file sha updated=
    mkdir -p "$sources"
    if [ -n "${CPYTHON_SOURCE:-}" ] && [ ! -f "$sources/$CPYTHON_FILE" ]; then
        # Python.org's own .tar.xz is byte for byte Debian's orig file.
        check_digest "$CPYTHON_SOURCE" "$CPYTHON_SHA256"
        cp "$CPYTHON_SOURCE" "$sources/$CPYTHON_FILE"
    fi
    on_debian || [ -n "${WASI_SDK_PATH:-}" ] ||
        die "there is no apt here: give CPYTHON_SOURCE=<Python-$CPYTHON_VERSION.tar.xz> and WASI_SDK_PATH=<folder of a wasi-sdk release>"
    while read -r package file sha; do
        if [ ! -f "$sources/$file" ]; then
            on_debian || die "$sources/$file is missing and there is no apt here to fetch it (CPYTHON_SOURCE gives CPython's, WASMLAM_SOURCES the folder of all)"
            [ -n "$updated" ] || { say "reading trixie's package lists"; private_apt >&2; updated=1; }
            say "fetching $file"
            local download; download=$(mktemp -d "$build/.fetch.XXXXXX")
            # Only the tar: a mirror may lack Debian's own half of a package, which is not used here.
            (cd "$download" && APT_CONFIG=$build/apt/apt.conf apt-get -q source --download-only --tar-only "$package" >&2) ||
                die "apt could not fetch the source package $package"
            [ -f "$download/$file" ] || die "Debian's $package no longer has $file: update versions.env"
            mv "$download/$file" "$sources/$file"
            rm -rf "$download"
        fi
        check_digest "$sources/$file" "$sha"
    done < <(source_list)
    fetch_tzdata "$updated"
}

fetch_tzdata() {
    ls "$sources"/tzdata_*_all.deb >/dev/null 2>&1 && return 0
    on_debian || return 0
    [ -n "${1:-}" ] || private_apt >&2
    (cd "$sources" && APT_CONFIG=$build/apt/apt.conf apt-get -q download $TZDATA_PACKAGES >&2)
}

unpack() { mkdir -p "$2" && tar xf "$sources/$1" -C "$2" --strip-components=1; }

# CPython's source with our patches, in `src`.
unpack_cpython() {
    unpack "$CPYTHON_FILE" src
    local patch
    for patch in "$here"/patches/*.patch; do patch -d src -p1 <"$patch"; done
}

# Sets CC, AR, RANLIB and the rest of the machine's own tools, for a target without a C library.
bare_tool_chain() {
    if [ -n "${WASI_SDK_PATH:-}" ]; then
        [ -x "$WASI_SDK_PATH/bin/clang" ] || die "WASI_SDK_PATH=$WASI_SDK_PATH has no bin/clang"
        export CC=$WASI_SDK_PATH/bin/clang NM=$WASI_SDK_PATH/bin/llvm-nm
        export AR=$WASI_SDK_PATH/bin/ar RANLIB=$WASI_SDK_PATH/bin/ranlib STRIP=$WASI_SDK_PATH/bin/strip
    else
        apt_install clang-$LLVM_VERSION lld-$LLVM_VERSION llvm-$LLVM_VERSION "libclang-rt-$LLVM_VERSION-dev-wasm32"
        export CC=clang-$LLVM_VERSION NM=llvm-nm-$LLVM_VERSION
        export AR=llvm-ar-$LLVM_VERSION RANLIB=llvm-ranlib-$LLVM_VERSION STRIP=llvm-strip-$LLVM_VERSION
    fi
}

# The same with our C library.
tool_chain() {
    bare_tool_chain
    export CC="$CC --target=wasm32-wasi --sysroot=$libc"
}

# The C library: headers and archives as clang expects them in a sysroot. Each patch says what it changes, and why.
build_libc() {
    bare_tool_chain
    unpack "$WASI_LIBC_FILE" src
    local patch
    for patch in "$here"/libc/patches/*.patch; do patch -d src -p1 <"$patch"; done
    mkdir src/libc-bottom-half/sources/linux
    cp "$here"/libc/linux/*.c src/libc-bottom-half/sources/linux/
    cp "$here"/libc/linux/*.h src/libc-bottom-half/headers/private/
    # Not the default target, which goes on to compare all symbols with a list for one version of clang.
    make -C src -j"$jobs" CC="$CC" AR="$AR" NM="$NM" EXTRA_CFLAGS="-O2 -DNDEBUG" SYSROOT="$PWD" \
        OBJDIR="$PWD/obj" startup_files libc
    local name
    for name in m rt pthread crypt util xnet resolv dl; do $AR crs "lib/wasm32-wasi/lib$name.a"; done
    rm -rf src obj
}

# The native CPython of the same source: compiles the standard library, is --with-build-python, and is the control
# that tests and benches compare with.
build_native() {
    unpack "$CPYTHON_FILE" src
    mkdir obj
    cd obj
    ../src/configure --prefix="$native" --with-ensurepip=no
    make -j"$jobs"
    make install DESTDIR="$PWD/../stage"
    cd ..
    mv "stage$native"/* .
    rm -rf src obj stage
}

build_libs() {
    tool_chain
    local prefix=$PWD/prefix flags="-O3 -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_PROCESS_CLOCKS"
    mkdir -p "$prefix/include" "$prefix/lib"

    unpack "$ZLIB_FILE" zlib
    (cd zlib
     objects="adler32 compress crc32 deflate infback inffast inflate inftrees trees uncompr zutil"
     for o in $objects; do $CC $flags -DHAVE_UNISTD_H -c $o.c -o $o.o; done
     $AR rcs "$prefix/lib/libz.a" *.o
     cp zlib.h zconf.h "$prefix/include/")

    unpack "$BZIP2_FILE" bzip2
    (cd bzip2
     for o in blocksort huffman crctable randtable compress decompress bzlib; do $CC $flags -c $o.c -o $o.o; done
     $AR rcs "$prefix/lib/libbz2.a" *.o
     cp bzlib.h "$prefix/include/")

    unpack "$XZ_FILE" xz
    (cd xz
     ./configure --host=wasm32-wasi --prefix="$prefix" CFLAGS="$flags" --disable-shared --enable-static --disable-threads \
         --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo --disable-scripts --disable-doc --disable-nls
     make -j"$jobs" -C src/liblzma
     make -C src/liblzma install)

    unpack "$SQLITE_FILE" sqlite
    (cd sqlite
     # The amalgamation is made by tclsh; nothing of it is compiled for this machine but two small generators.
     command -v tclsh >/dev/null || die "tclsh is missing: it makes SQLite's one-file source"
     env -u CC -u AR -u RANLIB ./configure --disable-tcl --disable-readline >/dev/null
     make sqlite3.c CC=cc BCC=cc
     # No mmap, no shared memory, no locks, no threads, no dlopen in WASI. Temporary files go to memory.
     $CC $flags -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_WAL=1 -DSQLITE_OMIT_LOAD_EXTENSION=1 -DSQLITE_OMIT_SHARED_CACHE=1 \
         -DSQLITE_MAX_MMAP_SIZE=0 -DSQLITE_DEFAULT_UNIX_VFS='"unix-none"' -DSQLITE_TEMP_STORE=2 -DSQLITE_ENABLE_FTS4 -DSQLITE_ENABLE_FTS5 \
         -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_DBSTAT_VTAB \
         -DHAVE_FDATASYNC=0 -DHAVE_FCHOWN=0 -DHAVE_FCHMOD=0 -DNDEBUG -c sqlite3.c -o sqlite3.o
     $AR rcs "$prefix/lib/libsqlite3.a" sqlite3.o
     cp sqlite3.h sqlite3ext.h "$prefix/include/")
    rm -rf zlib bzip2 xz sqlite
}

# What the profile is recorded with too. pymalloc: compact pools, so a call writes few pages. siphash13: WASI's default
# hash is FNV, which strings from outside can be made to collide in.
configure_like_wasi="--with-pymalloc --without-mimalloc --with-hash-algorithm=siphash13
    --with-builtin-hashlib-hashes=md5,sha1,sha2,sha3,blake2"

# CPython's own objects for WASI. Nothing is linked here: `module` does that with our entry points. The module must be
# the same on every machine, as fuel is compared between them: no path, time or name of this one may be in it.
build_python() {
    tool_chain
    unpack_cpython
    xz -dc "$profile" >cpython.profdata
    mkdir obj
    cd obj
    # pkg-config must not find this machine's libraries; the four of ours are named outright.
    local prefix=$libs/prefix
    export PKG_CONFIG_LIBDIR=$prefix/none
    export ZLIB_CFLAGS="-I$prefix/include" ZLIB_LIBS="-L$prefix/lib -lz"
    export BZIP2_CFLAGS="-I$prefix/include" BZIP2_LIBS="-L$prefix/lib -lbz2"
    export LIBLZMA_CFLAGS="-I$prefix/include" LIBLZMA_LIBS="-L$prefix/lib -llzma"
    export LIBSQLITE3_CFLAGS="-I$prefix/include" LIBSQLITE3_LIBS="-L$prefix/lib -lsqlite3 -lm"
    # -g0: the module is shipped, symbols stay in its name section. -flto: what the profile says is hot is inlined across
    # files, so that fewer calls and loops have to look whether the guest must stop.
    # No dlopen: wasi-libc has a stub of it, with which CPython would try to load a package's Linux `.so` files.
    ac_cv_func_dlopen=no ac_cv_lib_dl_dlopen=no CONFIG_SITE=$here/libc/config.site \
        ../src/configure --host=wasm32-unknown-wasip1 --build="$(../src/config.guess)" --prefix=/var/lang \
        --with-build-python="$native/bin/python3" $configure_like_wasi --disable-test-modules --with-ensurepip=no \
        CPPFLAGS="-I$prefix/include" OPT="-DNDEBUG -fwrapv -O3 -Wall -g0" LDFLAGS="-L$prefix/lib" \
        CFLAGS_NODIST="-flto=thin -fprofile-instr-use=../cpython.profdata"
    # What the interpreter says it runs on: sys.platform, sysconfig, the names of extension modules. Paths and flags of the
    # tool chain stay WASI's.
    sed -i -E 's/^(MACHDEP=\s*).*/\1linux/; s/^(MULTIARCH=\s*).*/\1x86_64-linux-gnu/; s/^(_PYTHON_HOST_PLATFORM=\s*).*/\1linux-x86_64/
        /^(SOABI|EXT_SUFFIX|LIBPL|LDVERSION|PLATFORM_TRIPLET|MULTIARCH_CPPFLAGS|HOST_GNU_TYPE)\s*=/s/wasm32-(wasi|unknown-wasip1)/x86_64-linux-gnu/g' Makefile
    # `sys.version`: not the compiler's packager, nor the time of this build.
    # Of threads, configure asks for this one only where they are not CPython's own stubs.
    echo "#define HAVE_PTHREAD_SIGMASK 1" >>pyconfig.h
    echo "#define COMPILER \"[Clang $($CC -dumpversion)]\"" >>pyconfig.h
    export SOURCE_DATE_EPOCH=$CPYTHON_DATE
    make -j"$jobs" lib$python_tag.a
    make -j"$jobs" sharedmods || true
    # What the next stages need: headers, archives, the sysconfig data and the generated module list.
    cd ..
    mkdir -p include lib
    cp -r src/Include/. include/
    cp obj/pyconfig.h include/
    find obj -name '*.a' -exec cp {} lib/ \;
    cp obj/Makefile obj/Modules/config.c obj/pyconfig.h lib/
    # The guest can read this one, so it has no folder of this machine.
    local data
    for data in obj/build/*/_sysconfigdata_*.py; do sed "s|$PWD|/build|g; s|$build|/build|g" "$data" >"lib/${data##*/}"; done
    rm -rf src obj cpython.profdata
}

# Our entry points and CPython become one reactor module.
build_module() {
    tool_chain
    local stack=16777216 # bytes of shadow stack: deep recursion in C ends by CPython's own counter, not by a trap
    $CC -O3 -flto=thin -DNDEBUG -DWASMLAM_VERSION="\"$wasmlam_version\"" -Wall -Wextra -Wno-unused-parameter -I"$python/include" -I"$python/include/internal" \
        -DPYTHON_TAG="\"$python_tag\"" $(printf -- "-I%s " "$here"/platform/*/) -c "$here"/platform/*/*.c
    # No -O here: it would make clang run the machine's wasm-opt if there is one, and the module must be the same without.
    # (clang 19's --no-wasm-opt does not link at all.) What takes the time is the code generation of all of CPython.
    $CC -flto=thin -Wl,--thinlto-jobs="$jobs" -mexec-model=reactor -o python.wasm ./*.o \
        "$python"/lib/lib$python_tag.a $(ls "$python"/lib/*.a | grep -v libpython) \
        -L"$libs/prefix/lib" -lz -lbz2 -llzma -lsqlite3 \
        -lm -lwasi-emulated-signal -lwasi-emulated-getpid -lwasi-emulated-process-clocks \
        -Wl,--stack-first -Wl,-z,stack-size=$stack -Wl,--export=__stack_pointer -Wl,--wrap=__wasi_poll_oneoff \
        -Wl,--wrap=__wasi_fd_read -Wl,--wrap=__wasi_fd_write -Wl,--wrap=__wasi_fd_close -Wl,--wrap=flock -Wl,--wrap=dup2 -Wl,--wrap=dup3
    # Debug information has paths, `producers` the compiler's packager.
    $STRIP --strip-debug --remove-section=producers python.wasm
    rm ./*.o
}

build_stdlib() {
    unpack_cpython
    "$native/bin/python3" -I -B "$here/compile.py" src/Lib "$PWD/lib" /var/lang/lib/$python_tag stdlib
    rm -rf src
}

# The AWS SDK for Python, which handlers import without packaging it. Wheels beside the other sources are taken first, and
# with PIP_NO_INDEX=1 nothing else is.
build_packages() {
    python3 -m pip download --no-input --disable-pip-version-check --progress-bar off --require-hashes --no-deps --dest wheels \
        --only-binary=:all: --implementation py --abi none --platform any --find-links "$sources" --requirement "$here/site-packages.txt" 2>&1 |
        sed -E "s#://[^/ ]+#://...#g" # an index may have a password in its name
    local wheel
    for wheel in wheels/*.whl; do python3 -m zipfile -e "$wheel" site-packages; done
    rm -rf wheels site-packages/*.data # their commands
    "$native/bin/python3" -I -B "$here/compile.py" site-packages "$PWD/lib" /var/lang/lib/$python_tag/site-packages
    rm -rf site-packages
}

build_bundle() {
    mkdir zoneinfo
    local deb=none
    if ls "$sources"/tzdata_*_all.deb >/dev/null 2>&1; then
        for deb in "$sources"/tzdata-legacy_*_all.deb "$sources"/tzdata_*_all.deb; do
            dpkg-deb --fsys-tarfile "$deb" | tar x -C zoneinfo --strip-components=4 ./usr/share/zoneinfo
        done
    fi
    "$native/bin/python3" -I -B "$here/bundle.py" \
        --module "$module/python.wasm" --stdlib "$stdlib/lib" --runtime "$here/runtime" --platform "$here/platform" \
        --packages "$packages/lib" --sysconfig "$python/lib" --etc "$here/etc" --zoneinfo zoneinfo --tzdata "$(basename "$deb")" \
        --version "$CPYTHON_VERSION" --output .
    rm -rf zoneinfo
}

need_build_tools() { on_debian && apt_install gcc make tcl patch xz-utils libc6-dev; return 0; }
need_pip() {
    python3 -m pip --version >/dev/null 2>&1 && return
    on_debian || die "python3 has no pip, which fetches the AWS SDK"
    apt_install python3-pip
}

# Sourced by pgo/record.sh, which wants what is above.
[ "${BASH_SOURCE[0]}" = "$0" ] || return 0

# ---------------------------------------------------------------------------------------------- keys of the stages
# Of sources, small files of ours, and the stage's own recipe. Nothing large is read: a build with nothing to do ends
# after this block.
recipe() { declare -f "$@"; }
if [ -n "${WASI_SDK_PATH:-}" ]; then tool_id="wasi-sdk:$WASI_SDK_PATH"; else tool_id="debian-llvm-$LLVM_VERSION"; fi
libc_key=$(key "$tool_id" "$WASI_LIBC_SHA256" "$(recipe bare_tool_chain build_libc)" -- "$here/libc/patches" "$here/libc/linux")
tool_id="$tool_id $libc_key $(recipe bare_tool_chain tool_chain)"
native_key=$(key "$CPYTHON_SHA256" "$(recipe build_native)")
libs_key=$(key "$tool_id" "$ZLIB_SHA256" "$BZIP2_SHA256" "$XZ_SHA256" "$SQLITE_SHA256" "$(recipe build_libs)")
python_key=$(key "$tool_id" "$CPYTHON_SHA256" "$CPYTHON_DATE" "$libs_key" "$configure_like_wasi" \
    "$(recipe unpack_cpython build_python)" -- "$here/patches" "$here/libc/config.site" "$profile")
wasmlam_version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/../Cargo.toml" | head -n 1)
module_key=$(key "$python_key" "$wasmlam_version" "$(recipe build_module)" -- "$here"/platform/*/*.[ch])
stdlib_key=$(key "$CPYTHON_SHA256" "$native_key" "$(recipe unpack_cpython build_stdlib)" -- "$here/patches" "$here/compile.py")
packages_key=$(key "$native_key" "$(recipe build_packages)" -- "$here/site-packages.txt" "$here/compile.py")
bundle_key=$(key "$module_key" "$stdlib_key" "$packages_key" "$(recipe build_bundle)" -- \
    "$here/runtime" "$here"/platform/*/*.py "$here"/platform/*/stdlib "$here/etc" "$here/compile.py" "$here/bundle.py")

native=$build/native-$native_key
libc=$build/libc-$libc_key
libs=$build/libs-$libs_key
python=$build/python-$python_key
stdlib=$build/stdlib-$stdlib_key
module=$build/module-$module_key
packages=$build/packages-$packages_key
bundle=$cache/bundles/$python_tag-$bundle_key

case "${1:-}" in
    --where) printf '%s\n' "$bundle"; if [ -f "$bundle/manifest.json" ]; then exit 0; else exit 1; fi ;;
    --native | "") ;;
    *) die "unknown option '$1'; see the first lines of $0" ;;
esac

# ---------------------------------------------------------------------------------------------- the build
if [ "${1:-}" = --native ]; then
    [ -e "$native" ] || { need_build_tools; fetch; }
    stage native "$native" build_native
    printf '%s\n' "$native"
    exit 0
fi

if [ ! -f "$bundle/manifest.json" ]; then
    mkdir -p "$build"
    need_build_tools
    fetch
    stage native "$native" build_native
    [ -e "$python" ] || bare_tool_chain
    stage libc "$libc" build_libc
    stage libs "$libs" build_libs
    stage python "$python" build_python
    stage module "$module" build_module
    stage stdlib "$stdlib" build_stdlib
    [ -e "$packages" ] || need_pip
    stage packages "$packages" build_packages
    stage bundle "$bundle" build_bundle
    say "$(tail -n 1 "$bundle/log")"
    say "bundle ready after $(($(date +%s) - started)) s: $bundle"
fi
# The name that wasmlam looks for; replaced in one step.
if [ "$(readlink "$cache/bundles/$python_tag" 2>/dev/null)" != "$(basename "$bundle")" ]; then
    ln -sfn "$(basename "$bundle")" "$cache/bundles/.$python_tag.$$"
    mv -fT "$cache/bundles/.$python_tag.$$" "$cache/bundles/$python_tag"
fi
printf '%s\n' "$bundle"
