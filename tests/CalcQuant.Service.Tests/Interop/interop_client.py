"""The interoperability cases, called by grpcio.

Usage: interop_client.py HOST:PORT DESCRIPTORS [CA]

DESCRIPTORS is a FileDescriptorSet: there is no generated code. Prints one line of JSON for each case.
"""

import json
import queue
import sys
import traceback

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TIMEOUT = 30
TESTS = "calcquant.testing"
WATCH = ("x-watch-messages", "1")
LARGE_REQUEST, LARGE_RESPONSE = 271_828, 314_159
SIZES = [31_415, 9, 2_653, 58_979]
TOO_LARGE = (1 << 20) + 1
SPECIAL = "\t\ncalcium \r\n\u00c5ngstr\u00f6m \u263a beyond the plane \U0001f9b4 100 %41\t\n"

CASES = []


def case(function):
    CASES.append(function)
    return function


class Peer:
    """A channel and the messages that go over it."""

    def __init__(self, address, descriptors, ca):
        files = descriptor_pb2.FileDescriptorSet.FromString(open(descriptors, "rb").read())
        self.pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self.pool.Add(file)
        self.factory = message_factory.MessageFactory(self.pool)
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.enable_http_proxy", 0)]
        if ca:
            credentials = grpc.ssl_channel_credentials(open(ca, "rb").read())
            self.channel = grpc.secure_channel(address, credentials, options)
        else:
            self.channel = grpc.insecure_channel(address, options)

    def type(self, name):
        return self.factory.GetPrototype(self.pool.FindMessageTypeByName(name))

    def new(self, name, **fields):
        return self.type(f"{TESTS}.{name}")(**fields)

    def call(self, method, service=f"{TESTS}.TestService"):
        descriptor = self.pool.FindServiceByName(service).FindMethodByName(method)
        proto = descriptor_pb2.MethodDescriptorProto()
        descriptor.CopyToProto(proto)
        kind = ("stream_" if proto.client_streaming else "unary_") + ("stream" if proto.server_streaming else "unary")
        return getattr(self.channel, kind)(
            f"/{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.factory.GetPrototype(descriptor.output_type).FromString)

    def output(self, *sizes, **fields):
        return self.new("OutputRequest", entries=[{"size": size} for size in sizes], **fields)


def equal(expected, actual):
    if expected != actual:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def fails(code, call):
    """The error of a call that must end with this status."""
    try:
        result = call()
    except grpc.RpcError as error:
        equal(code, error.code())
        return error
    raise AssertionError(f"expected {code}, got {result!r}")


def flags(call):
    return dict(call.trailing_metadata())["x-message-flags"]


@case
def empty_unary(peer):
    equal(0, peer.call("EmptyCall")(peer.new("Nothing"), timeout=TIMEOUT).ByteSize())


@case
def large_unary(peer):
    request = peer.new("UnaryRequest", payload=bytes(LARGE_REQUEST), response_size=LARGE_RESPONSE)
    equal(bytes(LARGE_RESPONSE), peer.call("UnaryCall")(request, timeout=TIMEOUT).payload)


@case
def client_streaming(peer):
    requests = (peer.new("InputRequest", payload=bytes(size)) for size in SIZES)
    equal(sum(SIZES), peer.call("InputCall")(requests, timeout=TIMEOUT).payload_size)


@case
def server_streaming(peer):
    equal(SIZES, [len(response.payload) for response in peer.call("OutputCall")(peer.output(*SIZES), timeout=TIMEOUT)])


@case
def ping_pong(peer):
    requests = queue.Queue()
    responses = peer.call("PingPongCall")(iter(requests.get, None), timeout=TIMEOUT)
    for size in SIZES:
        requests.put(peer.output(size, payload=bytes(size)))
        equal(size, len(next(responses).payload))
    requests.put(None)
    equal([], list(responses))


@case
def empty_stream(peer):
    equal([], list(peer.call("PingPongCall")(iter(()), timeout=TIMEOUT)))


@case
def cancel_after_begin(peer):
    requests = queue.Queue()
    call = peer.call("InputCall").future(iter(requests.get, None), timeout=TIMEOUT)
    call.cancel()
    requests.put(None)
    equal((True, grpc.StatusCode.CANCELLED), (call.cancelled(), call.code()))


@case
def cancel_after_first_response(peer):
    requests = queue.Queue()
    responses = peer.call("PingPongCall")(iter(requests.get, None), timeout=TIMEOUT)
    requests.put(peer.output(SIZES[0]))
    equal(SIZES[0], len(next(responses).payload))
    responses.cancel()
    requests.put(None)
    fails(grpc.StatusCode.CANCELLED, lambda: next(responses))


@case
def timeout_on_sleeping_server(peer):
    request = peer.new("OutputRequest", entries=[{"size": 1, "delay_ms": 60_000}])
    fails(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: list(peer.call("PingPongCall")(iter([request]), timeout=0.1)))


@case
def status_code_and_message(peer):
    status = {"code": 2, "message": "as asked for"}
    for call in (lambda: peer.call("UnaryCall")(peer.new("UnaryRequest", response_status=status), timeout=TIMEOUT),
                 lambda: list(peer.call("PingPongCall")(iter([peer.output(response_status=status)]), timeout=TIMEOUT))):
        equal("as asked for", fails(grpc.StatusCode.UNKNOWN, call).details())


@case
def special_status_message(peer):
    request = peer.new("UnaryRequest", response_status={"code": 2, "message": SPECIAL})
    equal(SPECIAL, fails(grpc.StatusCode.UNKNOWN, lambda: peer.call("UnaryCall")(request, timeout=TIMEOUT)).details())


@case
def unimplemented_method(peer):
    fails(grpc.StatusCode.UNIMPLEMENTED, lambda: peer.call("UnimplementedCall")(peer.new("Nothing"), timeout=TIMEOUT))


@case
def unimplemented_service(peer):
    call = peer.call("UnimplementedCall", f"{TESTS}.UnimplementedService")
    fails(grpc.StatusCode.UNIMPLEMENTED, lambda: call(peer.new("Nothing"), timeout=TIMEOUT))


@case
def custom_metadata(peer):
    initial = [("x-echo-initial", "beginning"), ("x-echo-initial-bin", b"\x00\xab\xff")]
    trailing = [("x-echo-trailing", "end"), ("x-echo-trailing-bin", b"\x0a\x0b\x00")]
    response, unary = peer.call("EmptyCall").with_call(peer.new("Nothing"), metadata=initial + trailing, timeout=TIMEOUT)
    stream = peer.call("PingPongCall")(iter([peer.output(1)]), metadata=initial + trailing, timeout=TIMEOUT)
    equal(1, len(list(stream)))
    for call in (unary, stream):
        equal(initial, [entry for entry in call.initial_metadata() if entry[0].startswith("x-")])
        equal(trailing, [entry for entry in call.trailing_metadata() if entry[0].startswith("x-")])


@case
def client_compressed_unary(peer):
    for expectation, compression in ((1, grpc.Compression.Gzip), (1, grpc.Compression.Deflate), (2, grpc.Compression.NoCompression)):
        request = peer.new("UnaryRequest", payload=bytes(LARGE_REQUEST), expectation=expectation)
        peer.call("UnaryCall")(request, metadata=[WATCH], compression=compression, timeout=TIMEOUT)


@case
def server_compressed_unary(peer):
    for compress in (True, False):
        request = peer.new("UnaryRequest", response_size=LARGE_RESPONSE, compress_response=compress)
        response, call = peer.call("UnaryCall").with_call(request, metadata=[WATCH], timeout=TIMEOUT)
        equal((bytes(LARGE_RESPONSE), "1" if compress else "0"), (response.payload, flags(call)))


@case
def client_compressed_streaming(peer):
    # grpcio chooses for a whole call, not for a message.
    for expectation, compression in ((1, grpc.Compression.Gzip), (2, grpc.Compression.NoCompression)):
        requests = (peer.new("InputRequest", payload=bytes(size), expectation=expectation) for size in (27_182, 45_904))
        equal(73_086, peer.call("InputCall")(requests, metadata=[WATCH], compression=compression, timeout=TIMEOUT).payload_size)


@case
def server_compressed_streaming(peer):
    request = peer.new("OutputRequest", entries=[{"size": 31_415, "compress": True}, {"size": 92_653}])
    call = peer.call("OutputCall")(request, metadata=[WATCH], timeout=TIMEOUT)
    equal([31_415, 92_653], [len(response.payload) for response in call])
    equal("10", flags(call))


@case
def status_details(peer):
    request = peer.new("FailingRequest", failure=1)
    error = fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: peer.call("FailingCall")(request, timeout=TIMEOUT))
    status = peer.type("google.rpc.Status").FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    equal((3, error.details()), (status.code, status.message))
    details = {}
    for packed in status.details:
        name = packed.type_url.rpartition("/")[2]
        details[name] = peer.type(name).FromString(packed.value)
    equal(("calcquant", "INVALID_REQUEST"), (details["google.rpc.ErrorInfo"].domain, details["google.rpc.ErrorInfo"].reason))
    equal(["failure"], [violation.field for violation in details["google.rpc.BadRequest"].field_violations])
    equal(7, details["google.rpc.RetryInfo"].retry_delay.seconds)


@case
def oversize_message(peer):
    request = peer.new("UnaryRequest", payload=bytes(TOO_LARGE))
    fails(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: peer.call("UnaryCall")(request, timeout=TIMEOUT))
    requests = (peer.new("InputRequest", payload=bytes(TOO_LARGE)) for _ in range(20))
    fails(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: peer.call("InputCall")(requests, timeout=TIMEOUT))


@case
def compressed_bomb(peer):
    request = peer.new("UnaryRequest", payload=bytes(100 * TOO_LARGE))
    fails(grpc.StatusCode.RESOURCE_EXHAUSTED,
          lambda: peer.call("UnaryCall")(request, compression=grpc.Compression.Gzip, timeout=TIMEOUT))


@case
def deadline_on_stubborn_handler(peer):
    fails(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: peer.call("StubbornCall")(peer.new("Nothing"), timeout=0.1))


@case
def exception_without_detail(peer):
    request = peer.new("FailingRequest", failure=2)
    error = fails(grpc.StatusCode.INTERNAL, lambda: peer.call("FailingCall")(request, timeout=TIMEOUT))
    equal(False, "SECRET" in error.details() or "SECRET" in repr(error.trailing_metadata()))


def health_request(peer, service):
    return peer.type("grpc.health.v1.HealthCheckRequest")(service=service)


@case
def health_check(peer):
    check = peer.call("Check", "grpc.health.v1.Health")
    for service in ("", "calcquant.v1.StudyStoreService", "calcquant.v1.CalcificationAnalysisService"):
        equal(1, check(health_request(peer, service), timeout=TIMEOUT).status)
    fails(grpc.StatusCode.NOT_FOUND, lambda: check(health_request(peer, "no.such.Service"), timeout=TIMEOUT))


@case
def health_watch(peer):
    for service, expected in (("", 1), ("no.such.Service", 3)):
        call = peer.call("Watch", "grpc.health.v1.Health")(health_request(peer, service), timeout=TIMEOUT)
        equal(expected, next(call).status)
        call.cancel()


def reflection(peer, version):
    package = f"grpc.reflection.{version}"
    new = peer.type(f"{package}.ServerReflectionRequest")
    requests = [new(list_services=""), new(file_containing_symbol="calcquant.v1.StudyStoreService"), new(file_containing_symbol="no.such.Symbol")]
    listed, found, missing = peer.call("ServerReflectionInfo", f"{package}.ServerReflection")(iter(requests), timeout=TIMEOUT)
    names = {service.name for service in listed.list_services_response.service}
    equal(set(), {f"{TESTS}.TestService", "calcquant.v1.StudyStoreService", "calcquant.v1.CalcificationAnalysisService", "grpc.health.v1.Health"} - names)
    files = [descriptor_pb2.FileDescriptorProto.FromString(file) for file in found.file_descriptor_response.file_descriptor_proto]
    equal(True, any(file.name == "calcquant/v1/study_store.proto" for file in files))
    equal(5, missing.error_response.error_code)


@case
def reflection_v1(peer):
    reflection(peer, "v1")


@case
def reflection_v1alpha(peer):
    reflection(peer, "v1alpha")


def main(address, descriptors, ca=None):
    peer = Peer(address, descriptors, ca)
    for function in CASES:
        try:
            function(peer)
            failure = None
        except Exception:
            failure = traceback.format_exc()
        print(json.dumps({"case": function.__name__, "failure": failure}), flush=True)
    peer.channel.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
