"""Lists the modules that a handler's module needs and that are nowhere: all of them, where Python stops at the first.

Laid into a layer of the function by `wasmlam run` when its init failed for a missing module. Reads what is imported at the
top level of the handler's module and of the modules of the package that it imports, and executes none of it. An import
that the code can do without (inside a `try`, a function, or `if TYPE_CHECKING`) does not count.
"""

import ast
import importlib.util
from importlib.machinery import ModuleSpec, PathFinder

MODULE = "{{MODULE}}"
MAX_MODULES = 2000  # of the package that are read
MAX_MISSING = 50


def find(name):
    """Spec of a module, or None; executes nothing, so a package above it is looked into and not imported."""
    path, spec, full = None, None, ""
    for part in name.split("."):
        full = f"{full}.{part}" if full else part
        try:
            spec = importlib.util.find_spec(full) if path is None else PathFinder.find_spec(full, path)
        except ValueError:  # loaded, and made by hand
            return ModuleSpec(full, None)
        if spec is None:
            return None
        path = spec.submodule_search_locations
        if path is None or not is_own(spec):
            # What is below a module that is not a package is its own making, as os.path is; and what is below a package of
            # the standard library is there, or made by it, as collections.abc is.
            return spec
    return spec


def is_own(spec):
    """Whether a module is in the package or in a layer."""
    places = [spec.origin or "", *(spec.submodule_search_locations or [])]
    return any(place.startswith(("/var/task", "/opt/")) for place in places)


def is_guarded(node):
    if isinstance(node, (ast.Try, ast.TryStar)):
        return bool(node.handlers)
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.dump(node.test)
    if isinstance(node, ast.With):
        return "suppress" in ast.dump(node.items[0].context_expr)
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))


def imports(tree):
    """Import statements that run when the module is imported, in their order."""
    waiting = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, (ast.Try, ast.TryStar)) and node.handlers:
            waiting.extend(reversed(node.orelse + node.finalbody))
        elif isinstance(node, ast.If) and is_guarded(node):
            waiting.extend(reversed(node.orelse))
        elif not is_guarded(node):
            waiting.extend(reversed([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]))


def names(node, package):
    """Modules that a statement needs, and those that it may mean."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names], []
    base = node.module or ""
    if node.level:
        parts = package.split(".") if package else []
        above = parts[: len(parts) - node.level + 1]
        base = ".".join(above + ([base] if base else []))
    return ([base] if base else []), [f"{base}.{alias.name}" for alias in node.names if base and alias.name != "*"]


def handler(event, context):
    missing, seen, waiting = [], set(), [MODULE]
    while waiting and len(seen) < MAX_MODULES and len(missing) < MAX_MISSING:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        spec = find(name)
        if spec is None:
            top = name.split(".")[0]
            lost = top if find(top) is None else name
            if lost not in missing:
                missing.append(lost)
            continue
        if "." in name:
            waiting.insert(0, name.rpartition(".")[0])
        origin = spec.origin or ""
        if not origin.endswith(".py") or not origin.startswith(("/var/task/", "/opt/")):
            continue
        try:
            with open(origin, "rb") as file:
                tree = ast.parse(file.read())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        package = name if spec.submodule_search_locations is not None else name.rpartition(".")[0]
        for node in imports(tree):
            needed, possible = names(node, package)
            waiting.extend(needed)
            waiting.extend(other for other in possible if find(other) is not None)
    return missing
