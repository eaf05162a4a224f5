#!/usr/bin/env bash
# The whole test run, notebooks and their outputs included, in every environment that is promised:
#
#   Python 3.10 to 3.13 with the newest dependencies; the oldest dependencies on Python 3.10;
#   BLAS with 1 and with 2 threads; OpenBLAS' kernels for Haswell, SkylakeX and Prescott.
#
#   tests/matrix.sh                    all rows, each in a virtual environment of its own, from scratch
#   tests/matrix.sh oldest threads-2   only the rows whose names contain one of these words
#   tests/matrix.sh --list             the rows
#
# A Python is looked for as pythonX.Y on the PATH, and among those of pyenv. Ends with one table, and with status 1
# if a row failed or its Python is missing. Kernels that this processor cannot run are not tried: SkylakeX needs
# AVX-512. Logs and environments are kept in build/matrix.
set -uo pipefail
cd "$(dirname "$0")/.."

# name, Python, dependencies, BLAS threads, OPENBLAS_CORETYPE (- is: as the machine has it)
rows="
python-3.10          3.10  newest  1  -
python-3.11          3.11  newest  1  -
python-3.12          3.12  newest  1  -
python-3.13          3.13  newest  1  -
oldest               3.10  oldest  1  -
threads-2            3.11  newest  2  -
kernels-haswell      3.11  newest  1  Haswell
kernels-skylakex     3.11  newest  1  SkylakeX
kernels-prescott     3.11  newest  1  Prescott
"

find_python() {
    if "python$1" -c "" 2>/dev/null; then command -v "python$1"; return; fi
    # the newest of that series, if pyenv has one
    ls "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python 2>/dev/null | sort -V | tail -1
}

wanted() {
    [ $# -eq 1 ] && return
    local word
    for word in "${@:2}"; do [[ $1 == *"$word"* ]] && return; done
    return 1
}

# make an environment once, for all rows that share it; the oldest versions are the lower bounds of pyproject.toml
make_environment() {
    local python=$1 dependencies=$2 environment=$3
    [ -e "$environment/ready" ] && return
    rm -rf "$environment"
    "$python" -m venv "$environment" || return
    if [ "$dependencies" = oldest ]; then
        sed -n 's/^ *"\(numpy\|matplotlib\|pandas\|wordcloud\|tqdm\)>=\([0-9.]*\),.*/\1==\2.*/p' pyproject.toml >"$environment/oldest.txt"
        "$environment/bin/pip" install --quiet -r requirements.txt -r tests/requirements.txt -c "$environment/oldest.txt" || return
    else
        "$environment/bin/pip" install --quiet -r requirements.txt -r tests/requirements.txt || return
    fi
    touch "$environment/ready"
}

[ "${1:-}" = --list ] && echo "$rows" && exit
rm -rf build/matrix
mkdir -p build/matrix
table=() failed=0
while read -r name version dependencies threads kernels; do
    [ -n "$name" ] && wanted "$name" "$@" || continue
    echo "== $name" >&2
    log=build/matrix/$name.log environment=build/matrix/$version-$dependencies started=$SECONDS
    python=$(find_python "$version")
    if [ -z "$python" ]; then
        result="Python $version is missing"
    elif [ "$kernels" = SkylakeX ] && ! grep -qw avx512f /proc/cpuinfo; then
        result="not tried: this processor has no AVX-512"
    elif ! make_environment "$python" "$dependencies" "$environment" >"$log" 2>&1; then
        result="the dependencies could not be installed: see $log"
    else
        export OPENBLAS_NUM_THREADS=$threads OMP_NUM_THREADS=$threads MKL_NUM_THREADS=$threads
        if [ "$kernels" = - ]; then unset OPENBLAS_CORETYPE; else export OPENBLAS_CORETYPE=$kernels; fi
        "$environment/bin/python" -m pytest --nbval -q >"$log" 2>&1 </dev/null
        status=$?
        result="$(tail -1 "$log")"
        [ $status -eq 0 ] && result="passed: $result" || result="FAILED: $result"
    fi
    [[ $result == passed* || $result == "not tried"* ]] || failed=1
    numpy=$("$environment/bin/python" -c "import numpy; print(numpy.__version__)" 2>/dev/null || echo "?")
    table+=("$(printf '%-18s %-7s %-8s NumPy %-7s %s threads  %-9s %s' "$name" "$version" "$dependencies" "$numpy" "$threads" "$kernels" "$result ($((SECONDS - started)) s)")")
done <<<"$rows"

[ ${#table[@]} -gt 0 ] || { echo "no row is called that: see tests/matrix.sh --list" >&2; exit 1; }
echo
printf '%s\n' "${table[@]}"
exit $failed
