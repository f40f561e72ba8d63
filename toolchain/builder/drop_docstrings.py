"""Compile a package again without its docstrings: a script, run by the Python that will load it.

    drop_docstrings.py <package's folder> <folder that the deployed sources lie in>

The package was compiled by ``compileall``, so each module has a bytecode file; its head is kept,
its code replaced. Nothing reads docstrings in a deployed function, and they would be a fifth of
what a cold start loads. Assertions and line numbers stay.
"""

import ast
import marshal
import sys
from pathlib import Path

# Bytes before the code: magic number, flags, hash (PEP 552).
HEAD = 16


def drop_docstrings(tree: ast.Module) -> ast.Module:
    """Return a module's tree without docstrings.

    >>> print(ast.unparse(drop_docstrings(ast.parse('def f(): "Return 1."; return 1'))))
    def f():
        return 1
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            first = node.body.pop(0)
            if not node.body and not isinstance(node, ast.Module):
                node.body.append(ast.copy_location(ast.Pass(), first))
    return tree


def compile_again(package: Path, deployed: str) -> None:
    """Replace the code of each module's bytecode file under a package's folder."""
    for source in sorted(package.rglob("*.py")):
        tag = sys.implementation.cache_tag
        compiled = source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"
        place = f"{deployed}/{source.relative_to(package.parent).as_posix()}"
        tree = drop_docstrings(ast.parse(source.read_bytes()))
        code = compile(tree, place, "exec", dont_inherit=True)
        compiled.write_bytes(compiled.read_bytes()[:HEAD] + marshal.dumps(code))


if __name__ == "__main__":
    compile_again(Path(sys.argv[1]), sys.argv[2])
