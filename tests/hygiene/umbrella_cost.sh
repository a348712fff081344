#!/bin/sh
# umbrella_cost.sh COMPILER INCLUDE_FOLDER LIMIT_SECONDS [FLAG...]
#
# What `#include <sealsql/sealsql.hpp>` costs a user's file: `-fsyntax-only` with the umbrella minus with the standard headers it
# needs, in both modes. The design budget is 0.35 s on GCC 12.
#
# Seconds differ by half from one moment to the next on a shared machine. So the compiler's instructions are counted (valgrind), and
# turned into seconds by those that ten common standard headers take: 0.56 s on the machine where the budget was set (Debian 12,
# GCC 12, nothing else running). The figure is the same in each run. Fails above LIMIT_SECONDS. FLAGs (-isystem ...) must lead to
# the C headers. Exits with 77 without valgrind.
set -eu
compiler=$1 include=$2 limit=$3
shift 3
command -v valgrind >/dev/null || {
    echo "skipped: valgrind counts the instructions, and is not here"
    exit 77
}

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# The C++ standard headers that our files include, in the mode asked for.
standard_headers() {
    if [ "$1" = compiled ]; then set -- -path '*/impl/*' -o -name src.hpp -o -name capi.hpp -o -name openssl.hpp
    else set -- -name src.hpp; fi
    find "$include/sealsql" -type f ! \( "$@" \) -exec sed -n 's/^ *# *include *<\([a-z_0-9]*\)>.*/\1/p' {} + | sort -u |
        sed 's/.*/#if __has_include(<&>)\n#include <&>\n#endif/'
}

# Millions of instructions of one compilation.
count() {
    "$compiler" -wrapper "valgrind,--tool=cachegrind,--cache-sim=no,--cachegrind-out-file=/dev/null,--log-file=$temp/log" \
        -std=c++20 -fsyntax-only "-I$include" "$@"
    sed -n 's/.*I *refs: *//p' "$temp/log" | tr -d , | awk '{ printf "%d", $1 / 1000000 }'
}

for header in algorithm chrono functional map memory optional string string_view variant vector; do
    echo "#include <$header>"
done >"$temp/yardstick.cpp"
yardstick=$(count "$temp/yardstick.cpp")

status=0
echo "millions of instructions for -fsyntax-only, $("$compiler" --version | head -n 1)"
for mode in header-only compiled; do
    standard_headers "$mode" >"$temp/base.cpp"
    { cat "$temp/base.cpp"; echo '#include <sealsql/sealsql.hpp>'; } >"$temp/whole.cpp"
    define=-DSEALSQL_TEST_NOTHING
    if [ "$mode" = compiled ]; then define=-DSEALSQL_COMPILED=1; fi
    base=$(count "$define" "$@" "$temp/base.cpp")
    whole=$(count "$define" "$@" "$temp/whole.cpp")
    cost=$(awk -v b="$base" -v w="$whole" -v y="$yardstick" 'BEGIN { printf "%.3f", (w - b) / y * 0.56 }')
    echo "measured: $mode: $whole with, $base standard headers alone, $yardstick yardstick:" \
        "sealsql costs $cost s of the reference machine (limit $limit s)"
    if awk -v c="$cost" -v b="$limit" 'BEGIN { exit !(c > b) }'; then
        echo "$mode: more than the limit" >&2
        status=1
    fi
done
exit "$status"
