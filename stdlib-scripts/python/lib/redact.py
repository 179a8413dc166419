"""Removes keys from a tree of dicts and lists, wherever they are in it: `from xenimage.redact import redact`.

`wanted` is called with a key, and says whether it goes. Returns the paths of the keys that it removed.
"""


def redact(tree, wanted, path=""):
    removed = []
    entries = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree))
    for key, value in entries:
        at = f"{path}[{key}]" if isinstance(tree, list) else f"{path}.{key}" if path else key
        if isinstance(tree, dict) and wanted(key):
            del tree[key]
            removed.append(at)
        elif isinstance(value, (dict, list)):
            removed.extend(redact(value, wanted, at))
    return removed
