"""Reads a plan's request as JSON from standard input, calls the planner, and prints the script, or all that is wrong."""

import sys

import grpc
from google.protobuf import json_format
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from redirect.v1 import plan_pb2, redirect_planner_pb2_grpc


def print_refusal(error):
    print(error.code().name)
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            print(info.reason)
        elif detail.Unpack(bad_request):
            for violation in bad_request.field_violations:
                print(violation.reason, violation.field, violation.description)


with grpc.insecure_channel("localhost:9000") as channel:
    planner = redirect_planner_pb2_grpc.RedirectPlannerStub(channel)
    request = json_format.Parse(sys.stdin.read(), plan_pb2.PlanRequest(), ignore_unknown_fields=True)
    try:
        print(planner.Plan(request, timeout=5).script)
    except grpc.RpcError as error:
        print_refusal(error)
        sys.exit(1)
