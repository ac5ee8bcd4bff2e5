"""Validates instances against JSON Schemas with the Python package jsonschema, including formats.

Reads one JSON object per line: `name`, `schema`, and `instances`, a list. Writes one per line: `name`, and `errors`, a
list with one entry per instance: the paths that do not fit, none where it is valid. Exits with 1 where a schema does not
fit the meta-schema that its `$schema` names.
"""

import json
import sys

from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

# Without its package, a format is not checked, and every value would count as valid.
NEEDED = {"date-time", "ipv4", "uri", "uri-reference", "uuid"}


def main():
    for line in sys.stdin:
        task = json.loads(line)
        validator_class = validator_for(task["schema"])
        checker = validator_class.FORMAT_CHECKER
        if "2020-12" in validator_class.META_SCHEMA["$schema"]:
            missing = NEEDED - set(checker.checkers)
            if missing:
                sys.exit(f"no check for the formats {sorted(missing)}")
        try:
            validator_class.check_schema(task["schema"])
        except SchemaError as error:
            sys.exit(f"{task['name']} does not fit its meta-schema at {error.json_path}")
        validator = validator_class(task["schema"], format_checker=checker)
        errors = [
            sorted({error.json_path for error in validator.iter_errors(instance)})
            for instance in task["instances"]
        ]
        print(json.dumps({"name": task["name"], "errors": errors}))


main()
