#!/usr/bin/env bash
# Records the profile that build.sh compiles CPython with: `wasm-python/pgo/record.sh`, about 4 minutes on two cores.
#
# The profile is kept in the repository, because two recordings are never quite the same and the module must be: fuel
# is compared between machines. Record again for a new CPython, and commit the new file with it.
#
# Front-end instrumentation counts what the source says, not what a target's code does, so a native interpreter can be
# trained in place of one under WASI. What must agree is the source after the preprocessor: the same patches and the
# same options of configure as in build.sh. What depends on the width of a pointer (`Py_INCREF`) does not match and is
# compiled without a profile; the interpreter's loop matches.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../build.sh"

record_profile() {
    unpack_cpython
    mkdir obj
    cd obj
    # No OpenSSL: WASI has CPython's own hash functions, so these are the ones to count.
    py_cv_module__hashlib=n/a py_cv_module__ssl=n/a \
        ../src/configure CC="clang-$LLVM_VERSION" --without-computed-gotos $configure_like_wasi \
        CFLAGS="-O2 -fprofile-instr-generate" LDFLAGS="-fprofile-instr-generate"
    # What the build itself runs is not what functions do.
    LLVM_PROFILE_FILE=/dev/null make -j"$jobs"
    # `%m`: processes of the same binary add to one file.
    export LLVM_PROFILE_FILE=$PWD/../raw/%m.profraw
    # 2: a test failed, and what it ran counts all the same.
    ./python -m test --pgo --timeout=1200 || [ $? = 2 ]
    ./python -I -B "$here/../benches/kernels.py"
    cd ..
    # Sparse: without the functions that never ran.
    "llvm-profdata-$LLVM_VERSION" merge -sparse -o cpython.profdata raw/*.profraw
    rm -rf src obj raw
}

need_build_tools
apt_install "clang-$LLVM_VERSION" "llvm-$LLVM_VERSION" "libclang-rt-$LLVM_VERSION-dev"
fetch
recorded=$build/profile-$$
stage profile "$recorded" record_profile
xz -9e <"$recorded/cpython.profdata" >"$profile"
rm -rf "$recorded"
say "recorded $(wc -c <"$profile") bytes: $profile"
