"""A mutating webhook that asks Redirect Planner for a pod's init container."""

import asyncio
import base64
import json
import logging
import os
import re
import socket
import ssl
from pathlib import Path

import grpc
from aiohttp import web
from google.protobuf import json_format
from patch import patch_for
from planner import Planner, refusal

from redirect.v1 import finding_pb2, mesh_config_pb2, plan_pb2, pod_pb2

# Kept back of the API server's time-out, to say why a pod is refused: of a call that times out it says nothing.
MARGIN_SECONDS = 0.5
MOST_BYTES = 8 * 1024 * 1024

planner = Planner(
    os.environ["REDIRECT_PLANNER_TARGET"],
    Path(os.environ["SERVICE_CONFIG"]).read_text(),
    os.environ.get("REDIRECT_PLANNER_TLS"),
)
options = json_format.Parse(os.environ.get("PLAN_OPTIONS", "{}"), plan_pb2.PlanOptions())
place = os.environ.get("INIT_CONTAINER_PLACE", "last")


async def review(asked, timeout):
    """Decides on a pod. Whatever goes wrong, the pod is not let through without its rules."""
    metadata = asked["object"]["metadata"]
    name = f"pod {asked['namespace']}/{metadata.get('name') or metadata.get('generateName')}"
    try:
        return {"uid": asked["uid"], "allowed": True, **await inject(asked["object"], timeout)}
    except Exception as error:
        called = isinstance(error, grpc.RpcError)
        lines = refusal(error) if called else None
        if lines:
            status = {"code": 422, "message": f"{name} is refused by the redirect planner:{lines}"}
        else:
            why = f"{error.code().name}: {error.details()}" if called else error
            message = f"{name} is not let in without its rules, and there is no plan for it: {why}"
            status = {"code": 503, "message": message}
        logging.warning("%s", status["message"])
        return {"uid": asked["uid"], "allowed": False, "status": status}


async def inject(pod, timeout):
    # The mesh config is read each time: a change of it holds from the next pod on. The contract is a part of Kubernetes'
    # own: what it leaves out is ignored.
    mesh_config = Path(os.environ["MESH_CONFIG"]).read_text()
    request = plan_pb2.PlanRequest(
        mesh_config=json_format.Parse(mesh_config, mesh_config_pb2.MeshConfig(), ignore_unknown_fields=True),
        pod=json_format.ParseDict(pod, pod_pb2.Pod(), ignore_unknown_fields=True),
        options=options,
    )
    plan = await planner.plan(request, timeout)
    steps = patch_for(pod, json_format.MessageToDict(plan.init_container), plan.digest, place)
    answer = {}
    warnings = [
        f"{finding.field}: {finding.message}"
        for finding in plan.findings
        if finding.severity == finding_pb2.SEVERITY_WARNING and finding.field.startswith("pod.")
    ]
    if warnings:
        answer["warnings"] = warnings
    if steps:
        answer["patchType"] = "JSONPatch"
        answer["patch"] = base64.b64encode(json.dumps(steps).encode()).decode()
    return answer


async def mutate(request):
    # The API server says how long it waits: ?timeout=5s.
    seconds = re.fullmatch(r"(\d+)s", request.query.get("timeout", ""))
    timeout = (int(seconds[1]) if seconds else 10) - MARGIN_SECONDS
    try:
        body = await request.json()
        asked = body["request"]
        readable = body["apiVersion"] == "admission.k8s.io/v1" and "metadata" in asked["object"]
    except (ValueError, KeyError, TypeError):
        readable = False
    if not readable:
        raise web.HTTPBadRequest(text="no review of a pod")
    answer = await review(asked, timeout)
    return web.json_response({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer})


async def serve():
    folder = Path(os.environ["WEBHOOK_TLS"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_post("/mutate", mutate)
    runner = web.AppRunner(app, handle_signals=True)
    await runner.setup()
    address = ("", int(os.environ.get("PORT", "9443")))
    dual = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual else socket.AF_INET
    listener = socket.create_server(address, family=family, dualstack_ipv6=dual)
    await web.SockSite(runner, listener, ssl_context=context).start()
    print("listening on port", listener.getsockname()[1], flush=True)
    try:
        while True:
            await asyncio.sleep(10)
            try:
                # A renewed certificate needs no restart.
                context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
            except (OSError, ssl.SSLError) as error:
                logging.error("the webhook's certificate cannot be read, the old one stays: %s", error)
    finally:
        await runner.cleanup()


logging.basicConfig(format="%(message)s")
try:
    asyncio.run(serve())
except web.GracefulExit:
    pass
