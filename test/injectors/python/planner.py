"""The client of the planner."""

import json
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from redirect.v1 import redirect_planner_pb2_grpc

ABOUT_INPUT = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}


# What will take longer will not come. The service config says so too, but Python's gRPC ends a call up to a second before
# the timeout that it finds there (grpc/grpc issue 34547).
MOST_SECONDS = 2


class Planner:
    """Asks for plans.

    tls is a folder with ca.crt, tls.crt and tls.key, as a Secret mount has them; without it there is no TLS (unix socket).
    """

    def __init__(self, target, service_config, tls=None):
        self.target = target
        self.tls = tls
        config = json.loads(service_config)
        for method in config["methodConfig"]:
            method.pop("timeout", None)
        self.options = [
            # Retries, and how the replicas take turns.
            ("grpc.service_config", json.dumps(config)),
            # The default grows to two minutes: so long after a long outage, pods would still be refused.
            ("grpc.max_reconnect_backoff_ms", 1_000),
            # A node that died says nothing: without pings, calls would go to it until TCP gives up, a quarter of an hour.
            ("grpc.keepalive_time_ms", 20_000),
            ("grpc.keepalive_timeout_ms", 5_000),
        ]
        self.channel = None
        self.files = None

    async def plan(self, request, timeout):
        """Raises grpc.aio.AioRpcError when there is no plan."""
        stub = redirect_planner_pb2_grpc.RedirectPlannerStub(self.connected())
        return await stub.Plan(request, timeout=min(timeout, MOST_SECONDS))

    def connected(self):
        """The channel, made anew when a certificate was renewed."""
        files = [Path(self.tls, name).read_bytes() for name in ("ca.crt", "tls.key", "tls.crt")] if self.tls else []
        if self.channel is None or files != self.files:
            # The old one is closed when the calls that it has are done with it.
            if files:
                credentials = grpc.ssl_channel_credentials(*files)
                self.channel = grpc.aio.secure_channel(self.target, credentials, self.options)
            else:
                self.channel = grpc.aio.insecure_channel(self.target, self.options)
            self.files = files
        return self.channel


def refusal(error):
    """What the planner has against a pod, a line for each finding; None when the error is a failure."""
    if error.code() not in ABOUT_INPUT:
        return None
    lines = []
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        bad_request = error_details_pb2.BadRequest()
        if detail.Unpack(bad_request):
            for violation in bad_request.field_violations:
                lines.append(": ".join(filter(None, [violation.field, violation.description])))
    return "".join(f"\n- {line}" for line in lines or [error.details()])
