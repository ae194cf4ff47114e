// The interoperability cases, called by @grpc/grpc-js.
//
// Usage: node interop_client.mjs FOLDER HOST:PORT DESCRIPTORS [CA]
//
// FOLDER holds the packages. DESCRIPTORS is a FileDescriptorSet: there is no generated code. Prints one line of JSON for each case.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, address, descriptors, ca] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const grpc = require("@grpc/grpc-js");
const { loadFileDescriptorSetFromBuffer } = require("@grpc/proto-loader");
const { status } = grpc;

const LARGE_REQUEST = 271_828, LARGE_RESPONSE = 314_159;
const SIZES = [31_415, 9, 2_653, 58_979];
const TOO_LARGE = (1 << 20) + 1;
const SPECIAL = "\t\ncalcium \r\n\u00c5ngstr\u00f6m \u263a beyond the plane \u{1f9b4} 100 %41\t\n";
const NO_COMPRESS = 2;
const GZIP = { "grpc.default_compression_algorithm": 2 };
const TRAILERS = ["x-echo-trailing", "x-echo-trailing-bin"];

const definitions = loadFileDescriptorSetFromBuffer(readFileSync(descriptors), { keepCase: true, longs: Number, defaults: true });
const services = grpc.loadPackageDefinition(definitions);
const clients = [];

function client(name, options = {}) {
  const Service = name.split(".").reduce((scope, part) => scope[part], services);
  const credentials = ca ? grpc.credentials.createSsl(readFileSync(ca)) : grpc.credentials.createInsecure();
  const made = new Service(address, credentials, { "grpc.max_receive_message_length": -1, "grpc.enable_http_proxy": 0, ...options });
  clients.push(made);
  return made;
}

const tests = client("calcquant.testing.TestService");
const zipped = client("calcquant.testing.TestService", GZIP);

function metadata(entries = {}) {
  const made = new grpc.Metadata();
  Object.entries(entries).forEach(([key, value]) => made.set(key, value));
  return made;
}

const watched = () => metadata({ "x-watch-messages": "1" });
const soon = (milliseconds = 30_000) => ({ deadline: Date.now() + milliseconds });
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const output = (...sizes) => ({ entries: sizes.map((size) => ({ size })) });

// What a call came to: its messages, metadata and status. `begin` starts it with the callback for its one answer, if it has one.
function outcome(begin, onCall = () => {}) {
  return new Promise((resolve) => {
    const result = { messages: [], initial: metadata(), error: null };
    const call = begin((error, message) => { if (!error) result.messages.push(message); });
    call.on("metadata", (initial) => { result.initial = initial; });
    if (call.read) call.on("data", (message) => { result.messages.push(message); call.emit("answer", message); });
    call.on("error", () => {});
    // The callback comes after the status.
    call.on("status", (end) => setImmediate(() => resolve({ ...result, code: end.code, details: end.details, trailing: end.metadata })));
    onCall(call);
  });
}

const unary = (method, request = {}, meta = metadata(), options = soon(), using = tests) =>
  outcome((callback) => using[method](request, meta, options, callback));
const input = (send, meta = metadata(), using = tests) => outcome((callback) => using.InputCall(meta, soon(), callback), send);
const pingPong = (send, meta = metadata(), options = soon()) => outcome(() => tests.PingPongCall(meta, options), send);

async function ok(running) {
  const result = await running;
  assert.equal(result.code, status.OK, result.details);
  return result;
}

async function fails(code, running) {
  const result = await running;
  assert.equal(result.code, code, `${result.code}: ${result.details}`);
  return result;
}

const flags = (result) => result.trailing.get("x-message-flags")[0];

async function reflection(version) {
  const made = client(`grpc.reflection.${version}.ServerReflection`);
  const requests = [{ list_services: "" }, { file_containing_symbol: "calcquant.v1.StudyStoreService" }, { file_containing_symbol: "no.such.Symbol" }];
  const { messages: [listed, found, missing] } = await ok(outcome(() => made.ServerReflectionInfo(metadata(), soon()), (call) => {
    requests.forEach((request) => call.write(request));
    call.end();
  }));
  const names = listed.list_services_response.service.map((service) => service.name);
  for (const name of ["calcquant.testing.TestService", "calcquant.v1.StudyStoreService", "calcquant.v1.CalcificationAnalysisService", "grpc.health.v1.Health"]) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(found.file_descriptor_response.file_descriptor_proto.some((file) => file.includes("calcquant/v1/study_store.proto")));
  assert.equal(missing.error_response.error_code, status.NOT_FOUND);
}

const cases = {
  async empty_unary() {
    assert.deepEqual((await ok(unary("EmptyCall"))).messages, [{}]);
  },

  async large_unary() {
    const { messages: [answer] } = await ok(unary("UnaryCall", { payload: Buffer.alloc(LARGE_REQUEST), response_size: LARGE_RESPONSE }));
    assert.deepEqual(answer.payload, Buffer.alloc(LARGE_RESPONSE));
  },

  async client_streaming() {
    const { messages: [answer] } = await ok(input((call) => {
      SIZES.forEach((size) => call.write({ payload: Buffer.alloc(size) }));
      call.end();
    }));
    assert.equal(answer.payload_size, sum(SIZES));
  },

  async server_streaming() {
    const { messages } = await ok(outcome(() => tests.OutputCall(output(...SIZES), metadata(), soon())));
    assert.deepEqual(messages.map((message) => message.payload.length), SIZES);
  },

  async ping_pong() {
    const { messages } = await ok(pingPong((call) => {
      let sent = 0;
      const ping = () => sent < SIZES.length ? call.write({ ...output(SIZES[sent]), payload: Buffer.alloc(SIZES[sent++]) }) : call.end();
      call.on("answer", ping);
      ping();
    }));
    assert.deepEqual(messages.map((message) => message.payload.length), SIZES);
  },

  async empty_stream() {
    assert.deepEqual((await ok(pingPong((call) => call.end()))).messages, []);
  },

  async cancel_after_begin() {
    await fails(status.CANCELLED, input((call) => call.cancel()));
  },

  async cancel_after_first_response() {
    const { messages } = await fails(status.CANCELLED, pingPong((call) => {
      call.on("answer", () => call.cancel());
      call.write(output(SIZES[0]));
    }));
    assert.equal(messages.length, 1);
  },

  async timeout_on_sleeping_server() {
    await fails(status.DEADLINE_EXCEEDED, pingPong((call) => call.write({ entries: [{ size: 1, delay_ms: 60_000 }] }), metadata(), soon(100)));
  },

  async status_code_and_message() {
    const response_status = { code: status.UNKNOWN, message: "as asked for" };
    for (const running of [unary("UnaryCall", { response_status }), pingPong((call) => { call.write({ response_status }); call.end(); })]) {
      assert.equal((await fails(status.UNKNOWN, running)).details, "as asked for");
    }
  },

  async special_status_message() {
    assert.equal((await fails(status.UNKNOWN, unary("UnaryCall", { response_status: { code: 2, message: SPECIAL } }))).details, SPECIAL);
  },

  async unimplemented_method() {
    await fails(status.UNIMPLEMENTED, unary("UnimplementedCall"));
  },

  async unimplemented_service() {
    await fails(status.UNIMPLEMENTED, unary("UnimplementedCall", {}, metadata(), soon(), client("calcquant.testing.UnimplementedService")));
  },

  async custom_metadata() {
    const initial = { "x-echo-initial": "beginning", "x-echo-initial-bin": Buffer.of(0x00, 0xab, 0xff) };
    const trailing = { "x-echo-trailing": "end", "x-echo-trailing-bin": Buffer.of(0x0a, 0x0b, 0x00) };
    const sent = metadata({ ...initial, ...trailing });
    for (const running of [unary("EmptyCall", {}, sent), pingPong((call) => { call.write(output(1)); call.end(); }, sent)]) {
      const result = await ok(running);
      const named = (made, names) => Object.fromEntries(names.map((name) => [name, made.get(name)[0]]));
      assert.deepEqual(named(result.initial, Object.keys(initial)), initial);
      assert.deepEqual(named(result.trailing, TRAILERS), trailing);
    }
  },

  async client_compressed_unary() {
    const payload = Buffer.alloc(LARGE_REQUEST);
    await ok(unary("UnaryCall", { payload, expectation: "EXPECTATION_COMPRESSED" }, watched(), soon(), zipped));
    await ok(unary("UnaryCall", { payload, expectation: "EXPECTATION_PLAIN" }, watched()));
  },

  async server_compressed_unary() {
    for (const compress_response of [true, false]) {
      const result = await ok(unary("UnaryCall", { response_size: LARGE_RESPONSE, compress_response }, watched()));
      assert.deepEqual(result.messages[0].payload, Buffer.alloc(LARGE_RESPONSE));
      assert.equal(flags(result), compress_response ? "1" : "0");
    }
  },

  async client_compressed_streaming() {
    const { messages: [answer] } = await ok(input((call) => {
      call.write({ payload: Buffer.alloc(27_182), expectation: "EXPECTATION_COMPRESSED" });
      call.write({ payload: Buffer.alloc(45_904), expectation: "EXPECTATION_PLAIN" }, NO_COMPRESS);
      call.end();
    }, watched(), zipped));
    assert.equal(answer.payload_size, 73_086);
  },

  async server_compressed_streaming() {
    const request = { entries: [{ size: 31_415, compress: true }, { size: 92_653 }] };
    const result = await ok(outcome(() => tests.OutputCall(request, watched(), soon())));
    assert.deepEqual(result.messages.map((message) => message.payload.length), [31_415, 92_653]);
    assert.equal(flags(result), "10");
  },

  async status_details() {
    const result = await fails(status.INVALID_ARGUMENT, unary("FailingCall", { failure: "FAILURE_FAULT" }));
    const read = (name, bytes) => definitions[name].deserialize(bytes);
    const rich = read("google.rpc.Status", result.trailing.get("grpc-status-details-bin")[0]);
    assert.deepEqual([rich.code, rich.message], [status.INVALID_ARGUMENT, result.details]);
    const details = Object.fromEntries(rich.details.map((packed) => {
      const name = packed.type_url.split("/").pop();
      return [name, read(name, packed.value)];
    }));
    assert.deepEqual([details["google.rpc.ErrorInfo"].domain, details["google.rpc.ErrorInfo"].reason], ["calcquant", "INVALID_REQUEST"]);
    assert.deepEqual(details["google.rpc.BadRequest"].field_violations.map((violation) => violation.field), ["failure"]);
    assert.equal(details["google.rpc.RetryInfo"].retry_delay.seconds, 7);
  },

  async oversize_message() {
    await fails(status.RESOURCE_EXHAUSTED, unary("UnaryCall", { payload: Buffer.alloc(TOO_LARGE) }));
    await fails(status.RESOURCE_EXHAUSTED, input((call) => {
      for (let i = 0; i < 20; i++) call.write({ payload: Buffer.alloc(TOO_LARGE) });
      call.end();
    }));
  },

  async compressed_bomb() {
    await fails(status.RESOURCE_EXHAUSTED, unary("UnaryCall", { payload: Buffer.alloc(100 * TOO_LARGE) }, metadata(), soon(), zipped));
  },

  async deadline_on_stubborn_handler() {
    await fails(status.DEADLINE_EXCEEDED, unary("StubbornCall", {}, metadata(), soon(100)));
  },

  async exception_without_detail() {
    const result = await fails(status.INTERNAL, unary("FailingCall", { failure: "FAILURE_EXCEPTION" }));
    assert.doesNotMatch(result.details + JSON.stringify(result.trailing.getMap()), /SECRET/);
  },

  async health_check() {
    const health = client("grpc.health.v1.Health");
    for (const service of ["", "calcquant.v1.StudyStoreService", "calcquant.v1.CalcificationAnalysisService"]) {
      const { messages: [answer] } = await ok(unary("Check", { service }, metadata(), soon(), health));
      assert.equal(answer.status, 1);
    }
    await fails(status.NOT_FOUND, unary("Check", { service: "no.such.Service" }, metadata(), soon(), health));
  },

  async health_watch() {
    const health = client("grpc.health.v1.Health");
    for (const [service, expected] of [["", 1], ["no.such.Service", 3]]) {
      const { messages: [answer] } = await fails(status.CANCELLED, outcome(
        () => health.Watch({ service }, metadata(), soon()), (call) => call.on("answer", () => call.cancel())));
      assert.equal(answer.status, expected);
    }
  },

  reflection_v1: () => reflection("v1"),

  reflection_v1alpha: () => reflection("v1alpha"),
};

for (const [name, run] of Object.entries(cases)) {
  let failure = null;
  try {
    await run();
  } catch (error) {
    failure = error.stack;
  }
  console.log(JSON.stringify({ case: name, failure }));
}
clients.forEach((made) => made.close());

// Timers of deadlines would keep the process for as long as the longest one.
process.exit();
