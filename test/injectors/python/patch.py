"""The patch that gives a pod the init container of a plan."""

# The annotation that tells which plan a pod has.
DIGEST = "redirect-planner/digest"


def patch_for(pod, planned, digest, place):
    """The steps (RFC 6902) from a pod to the pod with a plan; none when it has that plan already."""
    steps = []
    annotations = pod["metadata"].get("annotations")
    containers = pod["spec"].get("initContainers")
    was = (annotations or {}).get(DIGEST)

    names = [container["name"] for container in containers or []]
    if containers is None:
        steps.append({"op": "add", "path": "/spec/initContainers", "value": [planned]})
    elif planned["name"] not in names:
        position = 0 if place == "first" else "-"
        steps.append({"op": "add", "path": f"/spec/initContainers/{position}", "value": planned})
    else:
        index = names.index(planned["name"])
        # Anybody can write an annotation: the digest alone does not show that the rules are programmed.
        if was != digest or program_of(containers[index]) != program_of(planned):
            steps.append({"op": "replace", "path": f"/spec/initContainers/{index}", "value": planned})

    # RFC 6901: a slash inside a name is written ~1.
    path = "/metadata/annotations/" + DIGEST.replace("/", "~1")
    if annotations is None:
        steps.append({"op": "add", "path": "/metadata/annotations", "value": {DIGEST: digest}})
    elif was is None:
        steps.append({"op": "add", "path": path, "value": digest})
    elif was != digest:
        steps.append({"op": "replace", "path": path, "value": digest})
    return steps


def program_of(container):
    """What of a container must not differ: other webhooks may rewrite the image or add defaults."""
    return container.get("command"), container.get("args")
