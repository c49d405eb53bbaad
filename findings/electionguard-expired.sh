#!/usr/bin/env bash
# Package:  electionguard 1.4.0 (PyPI), the last release of Microsoft's reference implementation in Python
# Guess:    a package that declares Python ">=3.9.5, <4.0.0", and is installed by pip without a word, can be imported.
# Happens:  from Python 3.11 on it cannot: the import ends in an error about a default value that a data class may not
#           have any more. Nothing in its metadata keeps a newer Python away, so pip installs it everywhere.
# Matters:  its records are meant to be checked by anybody, years later. With the Python of today nobody checks one
#           without changing the program that is to be trusted. A verifier has to outlive its platform: a specification
#           from which it can be written again, vectors, and as little underneath as possible.
# Seen:     2026-11-27 with Python 3.11.7. Needs python3, 3.11 or newer, with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
# only what the import comes by before it ends
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps electionguard==1.4.0 gmpy2==2.3.2 \
    psutil==7.2.2 pydantic==1.9.0 typing_extensions==4.16.0 dacite==1.9.2 python-dateutil==2.9.0.post0 six==1.17.0
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import metadata

about = metadata("electionguard")
print("electionguard", about["Version"], "declares Python", about["Requires-Python"], "  this is", sys.version.split()[0])
try:
    import electionguard
except ValueError as error:
    print("import:", error)
    assert "mutable default" in str(error), "it behaves differently now"
else:
    sys.exit("it behaves differently now")
PY
