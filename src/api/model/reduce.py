#!/usr/bin/env python3
"""Reduces botocore's description of the AWS Lambda API to what the server needs, as one JSON file.

    reduce.py BOTOCORE_WHEEL > lambda.json

The source is `botocore/data/lambda/2015-03-31/service-2.json` in botocore's wheel (Apache-2.0, as this repository). What is
kept: operations (method, path, status) and the shapes that they reach (members with locations, required members, bounds,
patterns, enums). What is left out: documentation, errors, retries, authentication.
"""

import gzip
import json
import pathlib
import re
import sys
import zipfile

MODEL = "botocore/data/lambda/2015-03-31/service-2.json"

# The patterns are Java's. The ones with a look-around have an equal form without, because our engine is linear in time
# and has none. A new model with another look-around must not pass unseen: `translated` refuses it.
NOT_ONLY_DIGITS = "[0-9]*[a-zA-Z_-][0-9a-zA-Z_-]*"
WITHOUT_LOOK_AROUND = {
    "(?!^[0-9]+$)([a-zA-Z0-9-_]+)": NOT_ONLY_DIGITS,
    r"((?!^\d+$)^[0-9a-zA-Z-_]+$)": NOT_ONLY_DIGITS,
    r"[0-9A-Za-z\.\-_]*(?<!\.)": r"(?:[0-9A-Za-z._-]*[0-9A-Za-z_-])?",
    # Starts with a letter, digit or underscore, but not with "system.".
    r"(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)": "[_a-rt-zA-Z0-9][^$]*|"
    + "|".join(f"{'system'[:n]}(?:[^$%s][^$]*)?" % "system."[n] for n in range(1, 7)),
}
WITHOUT_LOOK_AROUND_PARTS = {r"((?!\d+$)[0-9a-zA-Z-_]+)": NOT_ONLY_DIGITS}

# Where AWS's answers differ from the model that it publishes, the answers win. Each entry says what was seen.
OVERRIDES = {
    # Get and Invoke refuse a name above 170 characters.
    ("NamespacedFunctionName", "max"): 170,
}
# Delete refuses a name above 140, like Create, but allows dots, like Get.
OWN_SHAPES = {("DeleteFunctionRequest", "FunctionName"): ("DeletedFunctionName", "NamespacedFunctionName", {"max": 140})}
# The answer that clients have relied on since 2015.
STATUS = {"DeleteFunction": 204}


def translated(pattern: str) -> str:
    """The pattern as the `regex` crate reads it: Java's classes are ASCII, ours would be Unicode."""
    pattern = WITHOUT_LOOK_AROUND.get(pattern, pattern)
    for part, equal in WITHOUT_LOOK_AROUND_PARTS.items():
        pattern = pattern.replace(part, equal)
    if re.search(r"\(\?[!=<]", pattern):
        sys.exit(f"a look-around that this script does not know: {pattern}")
    space = r" \t\n\x0B\f\r"
    pattern = pattern.replace(r"[\s\S]", "(?s:.)")
    pattern = pattern.replace(r"[^\s]", f"[^{space}]").replace(r"\d", "[0-9]")
    if r"\s" in pattern or r"\S" in pattern or r"\w" in pattern:
        sys.exit(f"a class that this script does not know: {pattern}")
    return pattern


def shape(given: dict) -> dict:
    kept = {"type": given["type"]}
    for key in ("min", "max", "enum", "sensitive", "pattern"):
        if key in given:
            kept[key] = given[key]
    for key in ("min", "max"):
        if key in kept:
            assert kept[key] == int(kept[key]), f"{kept} has a bound that is not whole"
            kept[key] = int(kept[key])
    if "pattern" in kept and (match := translated(kept["pattern"])) != kept["pattern"]:
        kept["match"] = match
    if given["type"] == "structure":
        kept["members"] = {name: member(m) for name, m in given["members"].items()}
        for key in ("required", "payload"):
            if given.get(key):
                kept[key] = given[key]
    if given["type"] == "list":
        kept["member"] = given["member"]["shape"]
    if given["type"] == "map":
        kept["key"], kept["value"] = given["key"]["shape"], given["value"]["shape"]
    return kept


def member(given: dict) -> dict:
    kept = {"shape": given["shape"]}
    if "location" in given:
        kept["location"] = given["location"]
        if "locationName" in given:
            kept["name"] = given["locationName"]
    return kept


def reach(shapes: dict, name: str, into: dict) -> None:
    if name in into:
        return
    into[name] = kept = shape(shapes[name])
    for key in ("member", "key", "value"):
        if key in kept:
            reach(shapes, kept[key], into)
    for m in kept.get("members", {}).values():
        reach(shapes, m["shape"], into)


def main() -> None:
    wheel = pathlib.Path(sys.argv[1])
    with zipfile.ZipFile(wheel) as archive:
        model = json.loads(gzip.decompress(archive.read(f"{MODEL}.gz")))
    operations, shapes = {}, {}
    for name, given in model["operations"].items():
        http = given["http"]
        operations[name] = {
            "method": http["method"],
            "uri": http["requestUri"],
            "status": STATUS.get(name, http["responseCode"]),
            "input": given["input"]["shape"],
        }
        reach(model["shapes"], given["input"]["shape"], shapes)
        if "output" in given:
            operations[name]["output"] = given["output"]["shape"]
            reach(model["shapes"], given["output"]["shape"], shapes)
    for (name, key), value in OVERRIDES.items():
        shapes[name][key] = value
    for (structure, name), (own, like, changes) in OWN_SHAPES.items():
        shapes[own] = shapes[like] | changes
        shapes[structure]["members"][name]["shape"] = own
    version = wheel.name.split("-")[1]
    print('{"source": "botocore %s, %s, Apache-2.0; reduced by reduce.py",' % (version, MODEL))
    for title, entries in (("operations", operations), ("shapes", shapes)):
        lines = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=True)}" for k, v in sorted(entries.items()))
        print(f'"{title}": {{\n{lines}\n}}' + ("," if title == "operations" else "\n}"))


main()
