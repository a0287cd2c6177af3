"""A plugin that generates the stubs of services for Python's gRPC, and their types.

grpcio-tools has that generator only inside its protoc, which does not speak the protocol of plugins: so its input and
its output are files here. The types come from mypy-protobuf, which would make empty ones for files without a service.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2
from grpc_tools import protoc


def stubs(contract, files):
    with tempfile.TemporaryDirectory() as scratch:
        encoded, out = Path(scratch, "contract.binpb"), Path(scratch, "out")
        encoded.write_bytes(contract.SerializeToString())
        out.mkdir()
        if protoc.main(["protoc", f"--descriptor_set_in={encoded}", f"--grpc_python_out={out}", *files]) != 0:
            sys.exit("protoc could not generate the stubs")
        return [(path.relative_to(out).as_posix(), path.read_text()) for path in sorted(out.rglob("*.py"))]


request = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
asked = set(request.file_to_generate)
services = [file.name for file in request.proto_file if file.service and file.name in asked]
response = plugin_pb2.CodeGeneratorResponse(
    supported_features=plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
)
if services:
    for name, content in stubs(descriptor_pb2.FileDescriptorSet(file=request.proto_file), services):
        response.file.add(name=name, content=content)
    request.file_to_generate[:] = services
    request.parameter = "quiet"
    types = subprocess.run(
        ["protoc-gen-mypy_grpc"], input=request.SerializeToString(), stdout=subprocess.PIPE, check=True
    )
    response.file.extend(plugin_pb2.CodeGeneratorResponse.FromString(types.stdout).file)
sys.stdout.buffer.write(response.SerializeToString())
