"""The messages and calls of the contract, made from its descriptors."""

from __future__ import annotations

from typing import Any, Callable

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from . import _compile


def _load() -> descriptor_pb2.FileDescriptorSet:
    built = _compile.PACKAGE / "contract.binpb"
    # In a clone nothing is built: the protos themselves are read, so that they can never be stale.
    data = built.read_bytes() if built.exists() else _compile.compile_contract()
    return descriptor_pb2.FileDescriptorSet.FromString(data)


_FILES = _load()
# A pool of its own: no clash with other packages that know messages of the same name.
_POOL = descriptor_pool.DescriptorPool()
for _file in _FILES.file:
    _POOL.AddSerializedFile(_file.SerializeToString())

if hasattr(message_factory, "GetMessageClass"):
    _class_of = message_factory.GetMessageClass
else:
    _class_of = message_factory.MessageFactory(_POOL).GetPrototype


def message(name: str) -> Any:
    """The class of a message of the contract, e.g. ``AnalysisOptions``; other packages with their full name."""
    return _class_of(_POOL.FindMessageTypeByName(name if "." in name else f"calcquant.v1.{name}"))


def enum_name(descriptor: Any, number: int) -> str:
    """The name of an enum value without its prefix, e.g. ``BONE``; the number, as text, of a value this contract does not know."""
    value = descriptor.values_by_number.get(number)
    if value is None:
        return str(number)
    # The value 0 is named PREFIX_UNSPECIFIED.
    prefix = descriptor.values_by_number[0].name[: -len("UNSPECIFIED")]
    return value.name[len(prefix) :]


def enum_number(name: str, value: str) -> int:
    """The number of an enum value given without its prefix.

    :raises ValueError: No such value.
    """
    descriptor = _POOL.FindEnumTypeByName(f"calcquant.v1.{name}")
    names = {enum_name(descriptor, number): number for number in descriptor.values_by_number if number}
    if value.upper() not in names:
        raise ValueError(f"{value!r} is none of {', '.join(names)}")
    return names[value.upper()]


def calls(channel: grpc.Channel, service: str) -> dict[str, Callable[..., Any]]:
    """The calls of a service by name, as grpc's multi-callables."""
    made: dict[str, Callable[..., Any]] = {}
    for file in _FILES.file:
        for declared in file.service:
            if declared.name != service:
                continue
            for method in declared.method:
                kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
                made[method.name] = getattr(channel, kind)(
                    f"/{file.package}.{service}/{method.name}",
                    request_serializer=message(method.input_type.lstrip(".")).SerializeToString,
                    response_deserializer=message(method.output_type.lstrip(".")).FromString,
                )
    return made
