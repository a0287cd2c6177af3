"""Calls the planner with Python's grpcio, and prints what came of it as JSON.

Arguments: the port, and a file with the contract as an encoded FileDescriptorSet. Standard input: a JSON list of
{"method", "request"}, or {"method", "bytes"} with base64 in place of a message. Standard output: a list of
{"code", "message", "violations", "errorInfo", "response"}.
"""

import base64
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

SERVICE = "redirect.v1.RedirectPlanner"

port, contract = sys.argv[1:]
pool = descriptor_pool.DescriptorPool()
files = descriptor_pb2.FileDescriptorSet()
with open(contract, "rb") as file:
    files.ParseFromString(file.read())
for file in files.file:
    pool.Add(file)
messages = message_factory.MessageFactory(pool)


def message(name):
    return messages.GetPrototype(pool.FindMessageTypeByName(name))


def encoded(call, method):
    if "bytes" in call:
        return base64.b64decode(call["bytes"])
    return json_format.ParseDict(call["request"], message(method.input_type.full_name)()).SerializeToString()


def failed(error):
    answer = {"code": error.code().name, "message": error.details(), "violations": []}
    trailers = dict(error.trailing_metadata())
    if "grpc-status-details-bin" in trailers:
        status = message("google.rpc.Status").FromString(trailers["grpc-status-details-bin"])
        for detail in status.details:
            value = message(detail.type_url.rpartition("/")[2]).FromString(detail.value)
            fields = json_format.MessageToDict(value)
            if "fieldViolations" in fields:
                answer["violations"] = fields["fieldViolations"]
            else:
                answer["errorInfo"] = fields
    return answer


def answer_to(channel, call):
    methods = {method.name: method for method in pool.FindServiceByName(SERVICE).methods}
    method = methods.get(call["method"], methods["Plan"])
    invoke = channel.unary_unary(f"/{SERVICE}/{call['method']}")
    try:
        response = message(method.output_type.full_name).FromString(invoke(encoded(call, method), timeout=10))
        return {"code": "OK", "response": json_format.MessageToDict(response)}
    except grpc.RpcError as error:
        return failed(error)


with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.enable_http_proxy", 0)]) as channel:
    json.dump([answer_to(channel, call) for call in json.load(sys.stdin)], sys.stdout)
