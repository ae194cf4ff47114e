"""Puts the compiled contract into what is built; everything else stands in pyproject.toml."""

import importlib.util
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
CONTRACT = HERE / "calcquant" / "contract.binpb"


def _compile() -> bytes:
    # By its path: importing the package would need grpcio at build time.
    spec = importlib.util.spec_from_file_location("compile_contract", HERE / "calcquant" / "_compile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compile_contract()


class BuildWithContract(build_py):
    def run(self):
        super().run()
        # A source distribution has the compiled contract and no protos.
        if not CONTRACT.exists():
            target = Path(self.build_lib) / "calcquant" / CONTRACT.name
            target.write_bytes(_compile())


class SourceWithContract(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        target = Path(base_dir) / "calcquant" / CONTRACT.name
        if not target.exists():
            target.write_bytes(_compile())


setup(cmdclass={"build_py": BuildWithContract, "sdist": SourceWithContract})
