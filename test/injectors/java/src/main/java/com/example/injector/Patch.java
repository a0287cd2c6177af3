package com.example.injector;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Objects;

/** From a pod and a plan to a JSONPatch (RFC 6902). */
final class Patch {
    /** The annotation that tells which plan a pod has. */
    static final String DIGEST = "redirect-planner/digest";

    private Patch() {}

    /** The steps from a pod to the pod with a plan; none when it has that plan already. */
    static JsonArray from(JsonObject pod, JsonObject planned, String digest, String place) {
        JsonArray steps = new JsonArray();
        JsonElement annotations = present(pod.getAsJsonObject("metadata"), "annotations");
        JsonElement containers = present(pod.getAsJsonObject("spec"), "initContainers");
        JsonElement was = annotations == null ? null : annotations.getAsJsonObject().get(DIGEST);
        JsonElement wanted = new JsonPrimitive(digest);

        int index = containers == null ? -1 : indexOf(containers.getAsJsonArray(), planned.get("name"));
        if (containers == null) {
            steps.add(step("add", "/spec/initContainers", listOf(planned)));
        } else if (index < 0) {
            steps.add(step("add", "/spec/initContainers/" + (place.equals("first") ? "0" : "-"), planned));
        } else if (!wanted.equals(was)
                || !runsSame(containers.getAsJsonArray().get(index).getAsJsonObject(), planned)) {
            // Anybody can write an annotation: the digest alone does not show that the rules are programmed.
            steps.add(step("replace", "/spec/initContainers/" + index, planned));
        }

        // RFC 6901: a slash inside a name is written ~1.
        String path = "/metadata/annotations/" + DIGEST.replace("/", "~1");
        if (annotations == null) {
            JsonObject first = new JsonObject();
            first.add(DIGEST, wanted);
            steps.add(step("add", "/metadata/annotations", first));
        } else if (!wanted.equals(was)) {
            steps.add(step(was == null ? "add" : "replace", path, wanted));
        }
        return steps;
    }

    /** A member that is there: Kubernetes leaves out what is empty, or sends null. */
    static JsonElement present(JsonObject object, String name) {
        JsonElement member = object.get(name);
        return member == null || member.isJsonNull() ? null : member;
    }

    private static int indexOf(JsonArray containers, JsonElement name) {
        for (int i = 0; i < containers.size(); i++) {
            if (name.equals(containers.get(i).getAsJsonObject().get("name"))) return i;
        }
        return -1;
    }

    /** Other webhooks may rewrite the image or add defaults; what must not differ is the program. */
    private static boolean runsSame(JsonObject a, JsonObject b) {
        return Objects.equals(a.get("command"), b.get("command")) && Objects.equals(a.get("args"), b.get("args"));
    }

    private static JsonArray listOf(JsonElement item) {
        JsonArray list = new JsonArray();
        list.add(item);
        return list;
    }

    private static JsonObject step(String op, String path, JsonElement value) {
        JsonObject step = new JsonObject();
        step.addProperty("op", op);
        step.addProperty("path", path);
        step.add("value", value);
        return step;
    }
}
