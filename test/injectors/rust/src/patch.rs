//! From a pod and a plan to a JSONPatch (RFC 6902).

use serde_json::{Value, json};

/// The annotation that tells which plan a pod has.
const DIGEST: &str = "redirect-planner/digest";

/// The steps from a pod to the pod with a plan; none when it has that plan already.
pub fn patch_for(pod: &Value, planned: &Value, digest: &str, place: &str) -> Vec<Value> {
    let mut steps = Vec::new();
    let annotations = &pod["metadata"]["annotations"];
    let was = annotations[DIGEST].as_str();

    match pod["spec"]["initContainers"].as_array() {
        None => steps.push(json!({ "op": "add", "path": "/spec/initContainers", "value": [planned] })),
        Some(containers) => match containers.iter().position(|container| container["name"] == planned["name"]) {
            None => {
                let position = if place == "first" { "0" } else { "-" };
                let path = format!("/spec/initContainers/{position}");
                steps.push(json!({ "op": "add", "path": path, "value": planned }));
            }
            // Anybody can write an annotation: the digest alone does not show that the rules are programmed.
            Some(index) if was != Some(digest) || !runs_same(&containers[index], planned) => {
                let path = format!("/spec/initContainers/{index}");
                steps.push(json!({ "op": "replace", "path": path, "value": planned }));
            }
            Some(_) => {}
        },
    }

    // RFC 6901: a slash inside a name is written ~1.
    let path = format!("/metadata/annotations/{}", DIGEST.replace('/', "~1"));
    match was {
        _ if annotations.is_null() => {
            steps.push(json!({ "op": "add", "path": "/metadata/annotations", "value": { DIGEST: digest } }));
        }
        None => steps.push(json!({ "op": "add", "path": path, "value": digest })),
        Some(other) if other != digest => steps.push(json!({ "op": "replace", "path": path, "value": digest })),
        Some(_) => {}
    }
    steps
}

/// Other webhooks may rewrite the image or add defaults; what must not differ is the program.
fn runs_same(a: &Value, b: &Value) -> bool {
    a["command"] == b["command"] && a["args"] == b["args"]
}
