"""Let Xen's verify-stream-v2 judge every stream of a folder, in one process.

A file's name ends in its format: 17.xl, 18.libxl, 19.libxc. Prints a line for each: name, exit status, reason.
"""
import importlib.machinery
import importlib.util
import os
import sys

tool = os.path.join(os.environ["PYTHONPATH"], "..", "..", "bin", "verify-stream-v2")
loader = importlib.machinery.SourceFileLoader("verify_stream", tool)
verifier = importlib.util.module_from_spec(importlib.util.spec_from_loader("verify_stream", loader))
sys.dont_write_bytecode = True
loader.exec_module(verifier)

said = []
verifier.err = said.append
folder = sys.argv[1]
for name in sorted(os.listdir(folder)):
    said.clear()
    with open(os.path.join(folder, name), "rb") as stream:
        verifier.fin = stream
        status = verifier.read_stream(name.rsplit(".", 1)[1])
    reason = said[1].strip().splitlines()[-1] if len(said) > 1 else ""
    print(name, status, reason, sep="\t")
