#!/usr/bin/env python3
"""check-examples.py DESCRIPTION: holds every example of a description to the schema beside it."""

import json
import pathlib
import sys

import jsonschema
from jsonschema import validators
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

BASE = "urn:description"


def problems(value: object, place: str, check) -> list[str]:
    """Of all objects that have a schema and examples beside it."""
    found: list[str] = []
    if isinstance(value, list):
        return [text for at, one in enumerate(value) for text in problems(one, f"{place}/{at}", check)]
    if not isinstance(value, dict):
        return found
    if isinstance(schema := value.get("schema"), dict):
        examples = [value["example"]] if "example" in value else []
        examples += [one["value"] for one in value.get("examples", {}).values()]
        found += [f"{place}: {error.message}" for one in examples for error in check(schema, one)]
    return found + [text for key, one in value.items() if key not in ("example", "examples") for text in problems(one, f"{place}/{key}", check)]


def main(file: str) -> None:
    description = json.loads(pathlib.Path(file).read_text())
    registry = Registry().with_resource(BASE, Resource(contents=description, specification=DRAFT202012))
    count = 0

    def check(schema: dict, example: object) -> list[jsonschema.ValidationError]:
        nonlocal count
        count += 1
        validator = validators.validator_for({"$schema": "https://json-schema.org/draft/2020-12/schema"})
        absolute = json.loads(json.dumps(schema).replace('"#/', f'"{BASE}#/'))
        return list(validator(absolute, registry=registry).iter_errors(example))

    found = problems(description, "#", check)
    print(*found, sep="\n")
    print(f"{count} examples")
    sys.exit(bool(found) or count < 10)


if __name__ == "__main__":
    main(*sys.argv[1:])
