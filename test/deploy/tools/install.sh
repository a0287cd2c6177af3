#!/usr/bin/env bash
# Installs what the tests of deploy/ run beside podman: kubectl, a validator of Kubernetes objects, and Prometheus' promtool.
# Prints the folder they are in, where the tests find them. Needs Debian, python3-venv, and root's apt.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$here/../../.." && pwd)/node_modules/.cache/deploy-tools

# Only a whole installation has the mark: one that was cut off is done again.
if [[ ! -e $folder/whole ]]; then
  rm -rf "$folder"
  mkdir -p "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes \
    --requirement "$here/requirements.txt"

  # Unpacked and not installed: Debian's package also starts a Prometheus.
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  cd "$unpacked"
  apt-get download -qq prometheus 2>/dev/null || { apt-get update -qq && apt-get download -qq prometheus; }
  dpkg-deb --extract prometheus_*.deb .
  mv usr/bin/promtool "$folder/bin/"
  touch "$folder/whole"
fi
echo "$folder/bin"
