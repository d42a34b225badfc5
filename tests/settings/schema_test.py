#!/usr/bin/env python3
"""The schema for editors and the documented configuration name the same keys, and the schema allows the words that the program takes."""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]


def keys_of_schema(node, prefix=""):
    """Every key path of a JSON Schema; lists are looked through."""
    found = set()
    for option in node.get("oneOf", []) + ([node["items"]] if "items" in node else []):
        found |= keys_of_schema(option, prefix)
    for name, child in node.get("properties", {}).items():
        found.add(prefix + name)
        found |= keys_of_schema(child, prefix + name + ".")
    return found


def keys_of_yaml(text):
    """Every key path of agent.yaml by its indentation, keys that are commented out included."""
    found, stack = set(), []
    for line in text.splitlines():
        match = re.match(r"^(#?)( *)(- )?([a-z_0-9]+):( |$)", line)
        if not match:
            continue
        # A commented key keeps its column: the mark takes the place of a blank.
        column = len(match.group(1)) + len(match.group(2)) + len(match.group(3) or "")
        while stack and stack[-1][0] >= column:
            stack.pop()
        path = ".".join([name for _, name in stack] + [match.group(4)])
        stack.append((column, match.group(4)))
        found.add(path)
    return found


def words_of_schema(node, key=""):
    """(key, the words that it allows) of every enumeration."""
    found = {(key, frozenset(node["enum"]))} if "enum" in node else set()
    for option in node.get("oneOf", []) + ([node["items"]] if "items" in node else []):
        found |= words_of_schema(option, key)
    for name, child in node.get("properties", {}).items():
        found |= words_of_schema(child, name)
    return found


def words_of_program():
    """The same, as the readers of the configuration ask for them."""
    found = set()
    for path in (ROOT / "agent/settings").glob("*_config.cpp"):
        for key, words in re.findall(r'\bchoices?\("(\w+)", \{([^}]*)\}', path.read_text(encoding="utf-8")):
            found.add((key, frozenset(re.findall(r'"([^"]*)"', words))))
    return found


def main():
    schema = keys_of_schema(json.loads((ROOT / "config/agent.schema.json").read_text(encoding="utf-8")))
    documented = keys_of_yaml((ROOT / "config/agent.yaml").read_text(encoding="utf-8"))
    for key in sorted(schema - documented):
        print("config/agent.yaml does not show " + key)
    for key in sorted(documented - schema):
        print("config/agent.schema.json does not know " + key)
    allowed, taken = words_of_schema(json.loads((ROOT / "config/agent.schema.json").read_text(encoding="utf-8"))), words_of_program()
    for key, words in sorted(allowed ^ taken, key=str):
        print("only %s has %s: %s" % ("config/agent.schema.json" if (key, words) in allowed else "the program", key, sorted(words)))
    print("%d keys and %d choices in both" % (len(schema & documented), len(allowed & taken)))
    return 0 if schema == documented and allowed == taken else 1


if __name__ == "__main__":
    sys.exit(main())
