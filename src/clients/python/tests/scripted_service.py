"""A service in this process whose answers each test writes: for what a real service cannot be made to do on demand."""

from __future__ import annotations

from concurrent import futures
from typing import Any, Callable, Iterable, Optional

import grpc

from calcquant._contract import _FILES, message


class ScriptedService:
    """Answers calls with the functions given: ``UploadInstances=lambda requests, context: ...``. Remembers metadata and number of calls."""

    def __init__(self, **answers: Callable[[Any, grpc.ServicerContext], Any]) -> None:
        self.answers = answers
        self.metadata: list[dict[str, str]] = []
        self.calls: list[str] = []
        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers([_Handler(self)])
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> ScriptedService:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, service: ScriptedService) -> None:
        self._service = service

    def service(self, details: grpc.HandlerCallDetails) -> Optional[grpc.RpcMethodHandler]:
        name = details.method.rpartition("/")[2]
        method = next((found for file in _FILES.file for declared in file.service for found in declared.method if found.name == name), None)
        if method is None or name not in self._service.answers:
            return None
        self._service.calls.append(name)
        self._service.metadata.append(dict(details.invocation_metadata))
        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        return getattr(grpc, f"{kind}_rpc_method_handler")(
            self._service.answers[name],
            request_deserializer=message(method.input_type.lstrip(".")).FromString,
            response_serializer=message(method.output_type.lstrip(".")).SerializeToString,
        )


def fail(context: grpc.ServicerContext, code: grpc.StatusCode, text: str, *details: tuple[str, Any]) -> None:
    """Ends a call as the service does: with google.rpc.Status in the trailers."""
    status = message("calcquant.client.Status")(code=code.value[0], message=text)
    for kind, content in details:
        status.details.add(type_url=f"type.googleapis.com/google.rpc.{kind}", value=content.SerializeToString())
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, text)


def error_info(reason: str) -> tuple[str, Any]:
    return "ErrorInfo", message("calcquant.client.ErrorInfo")(reason=reason, domain="calcquant")


def files_of(requests: Iterable[Any]) -> list[tuple[Any, bytes]]:
    """The files of an upload stream: start and bytes."""
    files: list[tuple[Any, bytearray]] = []
    for request in requests:
        if request.HasField("start"):
            files.append((request.start, bytearray()))
        files[-1][1].extend(request.data)
    return [(start, bytes(data)) for start, data in files]
