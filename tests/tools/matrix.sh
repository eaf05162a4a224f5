#!/usr/bin/env bash
# The tests and both notebooks, every output compared, in every environment that is promised.
#
#   tests/tools/matrix.sh                    all rows, each in a fresh virtual environment
#   tests/tools/matrix.sh oldest threads-2   only the rows whose names contain one of these words
#   tests/tools/matrix.sh --list             the rows
#
# A Python is looked for as pythonX.Y on the PATH and among those of pyenv. Ends with one table, and with status 1 if a
# row failed or its Python is missing. Logs and environments stay in build/matrix.
set -uo pipefail
cd "$(dirname "$0")/../.."

# name, Python, dependencies, BLAS threads, OPENBLAS_CORETYPE (- is: as the processor has it; SkylakeX needs AVX-512)
rows="
python-3.10          3.10  newest  1  -
python-3.11          3.11  newest  1  -
python-3.12          3.12  newest  1  -
python-3.13          3.13  newest  1  -
oldest               3.10  oldest  1  -
kaggle               3.12  kaggle  1  -
threads-2            3.11  newest  2  -
kernels-haswell      3.11  newest  1  Haswell
kernels-skylakex     3.11  newest  1  SkylakeX
kernels-prescott     3.11  newest  1  Prescott
"

# the versions that pip is held to: none; the lower bounds in pyproject.toml; those of Kaggle's image of August 2026
constraints() {
    case $1 in
        oldest) sed -nE 's/^ *"(numpy|matplotlib|pandas|wordcloud|tqdm)>=([0-9.]*),.*/\1==\2.*/p' pyproject.toml ;;
        kaggle) printf '%s\n' numpy==2.0.2 'matplotlib==3.10.*' 'pandas==2.2.*' wordcloud==1.9.6 'tqdm==4.67.*' ipywidgets==8.1.5 ;;
    esac
}

find_python() {
    if "python$1" -c "" 2>/dev/null; then command -v "python$1"; return; fi
    # the newest of that series, if pyenv has one
    ls "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python 2>/dev/null | sort -V | tail -1
}

# make an environment once, for all rows that share it
make_environment() {
    local python=$1 dependencies=$2 environment=$3
    [ -e "$environment/ready" ] && return
    "$python" -m venv --clear "$environment" && constraints "$dependencies" >"$environment/constraints.txt" &&
        "$environment/bin/pip" install --quiet -r requirements.txt -r tests/requirements.txt \
            -c "$environment/constraints.txt" && touch "$environment/ready"
}

[ "${1:-}" = --list ] && echo "$rows" && exit
rm -rf build/matrix
mkdir -p build/matrix
table=() failed=0 words=$(IFS="|"; echo "$*")
while read -r name version dependencies threads kernels; do
    [ -n "$name" ] && [[ $name =~ ${words:-.} ]] || continue
    echo "== $name" >&2
    log=build/matrix/$name.log environment=build/matrix/$version-$dependencies started=$SECONDS result=FAILED
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
        "$environment/bin/python" -m pytest --nbval -q >"$log" 2>&1 </dev/null && result=passed
        result="$result, NumPy $("$environment/bin/python" -c "import numpy; print(numpy.__version__)"): $(tail -1 "$log")"
    fi
    [[ $result =~ ^(passed|not\ tried) ]] || failed=1
    table+=("$(printf '%-18s %-6s %-8s %s threads  %-9s %s' "$name" "$version" "$dependencies" "$threads" "$kernels" "$result ($((SECONDS - started)) s)")")
done <<<"$rows"
[ ${#table[@]} -gt 0 ] || { echo "no row is called that: see tests/tools/matrix.sh --list" >&2; exit 1; }
printf '%s\n' "${table[@]}"
exit $failed
