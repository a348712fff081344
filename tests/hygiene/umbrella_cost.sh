#!/bin/sh
# umbrella_cost.sh COMPILER INCLUDE_FOLDER BUDGET_SECONDS [ROUNDS] [FLAG...]
#
# What `#include <sealsql/sealsql.hpp>` costs a user's file: user + system CPU seconds of `-fsyntax-only`, best of ROUNDS (5),
# with the umbrella minus with the standard headers it needs, in both modes. The design budget is 0.35 s on GCC.
#
# A busy machine makes CPU seconds twice as long. So ten common standard headers are timed along with it, which take 0.56 s on the
# machine where the budget was set (Debian 12, GCC 12, nothing else running), and the cost is scaled by what they take here.
# Fails only above twice BUDGET_SECONDS. FLAGs (-isystem ...) must lead to the C headers.
#
# tests/run.sh shows the lines that begin with "measured: " also when this passes.
set -eu
compiler=$1 include=$2 budget=$3 rounds=${4:-5}
if [ $# -gt 4 ]; then shift 4; else shift $#; fi

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# The C++ standard headers that our files include, in the mode asked for.
standard_headers() {
    if [ "$1" = compiled ]; then set -- -path '*/impl/*' -o -name src.hpp -o -name capi.hpp -o -name openssl.hpp
    else set -- -name src.hpp; fi
    find "$include/sealsql" -type f ! \( "$@" \) -exec sed -n 's/^ *# *include *<\([a-z_0-9]*\)>.*/\1/p' {} + | sort -u |
        sed 's/.*/#if __has_include(<&>)\n#include <&>\n#endif/'
}

# CPU seconds of one compilation, in hundredths. `times` prints the shell's own and then its children's: the second line.
cpu() {
    sh -c '"$@" && times' sh "$compiler" -std=c++20 -fsyntax-only "-I$include" "$@" |
        awk 'NR == 2 { for (f = 1; f <= 2; f++) { split($f, t, /[ms]/); s += t[1] * 60 + t[2] } printf "%.0f", s * 100 }'
}

# The smaller of two numbers, the first of which may be missing.
smaller() { if [ -z "$1" ] || [ "$2" -lt "$1" ]; then echo "$2"; else echo "$1"; fi; }

seconds() { awk -v h="$1" 'BEGIN { printf "%.2f", h / 100 }'; }

for header in algorithm chrono functional map memory optional string string_view variant vector; do
    echo "#include <$header>"
done >"$temp/yardstick.cpp"

limit=$(awk -v b="$budget" 'BEGIN { printf "%.0f", b * 200 }')
status=0
echo "CPU seconds for -fsyntax-only, best of $rounds, $("$compiler" --version | head -n 1)"
for mode in header-only compiled; do
    standard_headers "$mode" >"$temp/base.cpp"
    { cat "$temp/base.cpp"; echo '#include <sealsql/sealsql.hpp>'; } >"$temp/whole.cpp"
    define=-DSEALSQL_TEST_NOTHING
    if [ "$mode" = compiled ]; then define=-DSEALSQL_COMPILED=1; fi
    for source in base whole; do # cpu() does not see a failure
        "$compiler" -std=c++20 -fsyntax-only "-I$include" "$define" "$@" "$temp/$source.cpp"
    done
    yardstick='' base='' whole='' round=0
    while [ "$round" -lt "$rounds" ]; do # in turn, so that all three see the same machine
        yardstick=$(smaller "$yardstick" "$(cpu "$temp/yardstick.cpp")")
        base=$(smaller "$base" "$(cpu "$temp/base.cpp" "$define" "$@")")
        whole=$(smaller "$whole" "$(cpu "$temp/whole.cpp" "$define" "$@")")
        round=$((round + 1))
    done
    cost=$(((whole - base) * 56 / yardstick))
    echo "measured: $mode: $(seconds "$whole") with, $(seconds "$base") standard headers alone," \
        "$(seconds "$yardstick") yardstick: sealsql costs $(seconds "$cost") s of the reference machine (budget $budget s)"
    if [ "$cost" -gt "$limit" ]; then
        echo "$mode: more than twice the budget" >&2
        status=1
    fi
done
exit "$status"
