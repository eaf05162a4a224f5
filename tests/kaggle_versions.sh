#!/usr/bin/env bash
# Both notebooks, every output compared, on the versions in Kaggle's image: an environment of its own, gone afterwards.
# Needs Python 3.12; where that is not called python3.12: PYTHON=/path/to/python3.12 bash tests/kaggle_versions.sh
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3.12}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || {
    echo "$python cannot be run: set PYTHON to a Python 3.12" >&2
    exit 1
}
if [ "$version" != 3.12 ]; then
    echo "$python is Python $version, but Kaggle's image has 3.12: set PYTHON to a Python 3.12" >&2
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    -c "$here/tests/kaggle_constraints.txt" -r "$here/requirements.txt" pytest
"$work/venv/bin/pip" list | grep -E '^(numpy|matplotlib|pandas|wordcloud|tqdm|ipywidgets|nbval) '

export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"
cd "$here"
"$work/venv/bin/python" -m pytest --nbval notebooks -p no:cacheprovider
