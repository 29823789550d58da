"""Reads documents with a package of generated models, in the environment of the compilers.

    python read_models.py FOLDER PACKAGE METHOD < PAIRS

Reads pairs of schema and document as JSON; prints, for each, the class that its attributes have, or the error.
"""

from __future__ import annotations

import importlib
import json
import sys

folder, package, method = sys.argv[1:]
sys.path.insert(0, folder)
models = importlib.import_module(package)
told = []
for schema, document in json.load(sys.stdin):
    try:
        data = getattr(getattr(models, schema), method)(document).data
        attributes = (data[0] if isinstance(data, list) else data).attributes
        told.append(type(getattr(attributes, "actual_instance", getattr(attributes, "root", attributes))).__name__)
    except Exception as error:
        told.append(f"{type(error).__name__}: {error}"[:200])
print(json.dumps(told))
