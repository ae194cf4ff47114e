"""Compiles the contract (the repository's protos) to descriptors.

Descriptors instead of generated modules: generated code works only with the protobuf versions its compiler was made for, descriptors with all.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, duration_pb2, timestamp_pb2

PACKAGE = Path(__file__).resolve().parent
PROTOS = PACKAGE.parents[3] / "protos"


def compile_contract(protos: Path = PROTOS) -> bytes:
    """The contract as a serialized ``FileDescriptorSet``, each file after those it imports.

    :raises RuntimeError: There is no compiler, or the protos are not there or wrong.
    """
    sources = sorted(protos.glob("calcquant/v1/*.proto"))
    if not sources:
        raise RuntimeError("CalcQuant's protos are not there: build the package from a clone of its repository")
    with tempfile.TemporaryDirectory(prefix="calcquant-") as folder:
        # The well-known types come from the runtime: Debian has their sources in another package than the compiler.
        known = descriptor_pb2.FileDescriptorSet()
        for module in (duration_pb2, timestamp_pb2):
            module.DESCRIPTOR.CopyToProto(known.file.add())
        well_known, compiled = Path(folder, "known.binpb"), Path(folder, "contract.binpb")
        well_known.write_bytes(known.SerializeToString())
        command = [
            *_compiler(),
            f"--proto_path={protos}",
            f"--proto_path={PACKAGE}",
            f"--descriptor_set_in={well_known}",
            f"--descriptor_set_out={compiled}",
            "--include_imports",
            *(str(source.relative_to(protos)) for source in sources),
            "rpc_status.proto",
        ]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"the protocol compiler failed: {result.stderr.strip()}")
        return compiled.read_bytes()


def _compiler() -> list[str]:
    if protoc := shutil.which("protoc"):
        return [protoc]
    if importlib.util.find_spec("grpc_tools"):
        return [sys.executable, "-m", "grpc_tools.protoc"]
    raise RuntimeError("no protocol compiler: install protobuf-compiler (Debian) or grpcio-tools (pip)")
