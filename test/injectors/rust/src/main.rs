//! A mutating webhook that asks Redirect Planner for a pod's init container.

mod patch;
mod planner;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::{collections::HashMap, env, fs, path::PathBuf, sync::Arc, time::Duration};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::{Router, routing::post};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use base64::{Engine, prelude::BASE64_STANDARD};
use redirect_planner::v1::{MeshConfig, PlanOptions, PlanRequest, Pod, Severity};
use serde_json::{Value, json};

use planner::{Planner, refusal};

/// Kept back of the API server's time-out, to say why a pod is refused: of a call that times out it says nothing.
const MARGIN: Duration = Duration::from_millis(500);
const MOST_BYTES: usize = 8 * 1024 * 1024;

type Error = Box<dyn std::error::Error + Send + Sync>;

struct Injector {
    planner: Planner,
    options: PlanOptions,
    mesh_config: PathBuf,
    place: String,
}

impl Injector {
    /// Decides on a pod. Whatever goes wrong, the pod is not let through without its rules.
    async fn review(&self, request: &Value, time: Duration) -> Value {
        let metadata = &request["object"]["metadata"];
        let name = metadata["name"].as_str().or(metadata["generateName"].as_str()).unwrap_or_default();
        let pod = format!("pod {}/{name}", request["namespace"].as_str().unwrap_or_default());
        let mut answer = json!({ "uid": request["uid"], "allowed": true });
        let Err(error) = self.inject(&request["object"], time, &mut answer).await else { return answer };
        let (code, message) = match refusal(&error) {
            Some(lines) => (422, format!("{pod} is refused by the redirect planner:{lines}")),
            None => (503, format!("{pod} is not let in without its rules, and there is no plan for it: {error}")),
        };
        eprintln!("{message}");
        json!({ "uid": request["uid"], "allowed": false, "status": { "code": code, "message": message } })
    }

    async fn inject(&self, pod: &Value, time: Duration, answer: &mut Value) -> Result<(), Error> {
        // Read each time: a change of the mesh config holds from the next pod on.
        let mesh_config = serde_json::from_str(&fs::read_to_string(&self.mesh_config)?)?;
        // The contract is a part of Kubernetes' own: the SDK ignores what it leaves out.
        let request = PlanRequest {
            mesh_config: Some(serde_json::from_value::<MeshConfig>(without_nulls(mesh_config))?),
            pod: Some(serde_json::from_value::<Pod>(without_nulls(pod.clone()))?),
            options: Some(self.options.clone()),
        };
        let plan = self.planner.plan(request, time).await?;
        let container = serde_json::to_value(plan.init_container.ok_or("the planner sent no init container")?)?;
        let steps = patch::patch_for(pod, &container, &plan.digest, &self.place);
        let warnings = plan
            .findings
            .iter()
            .filter(|finding| finding.severity() == Severity::Warning && finding.field.starts_with("pod."));
        let warnings: Vec<_> = warnings.map(|finding| format!("{}: {}", finding.field, finding.message)).collect();
        if !warnings.is_empty() {
            answer["warnings"] = json!(warnings);
        }
        if !steps.is_empty() {
            answer["patchType"] = json!("JSONPatch");
            answer["patch"] = json!(BASE64_STANDARD.encode(serde_json::to_vec(&steps)?));
        }
        Ok(())
    }
}

/// ProtoJSON reads null as the default; the SDK's serde does so for no list and no map.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.into_iter().filter(|(_, member)| !member.is_null());
            Value::Object(there.map(|(name, member)| (name, without_nulls(member))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

async fn mutate(
    State(injector): State<Arc<Injector>>,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> impl IntoResponse {
    // The API server says how long it waits: ?timeout=5s.
    let seconds = query.get("timeout").and_then(|text| text.strip_suffix('s')?.parse().ok()).unwrap_or(10);
    let time = Duration::from_secs(seconds).saturating_sub(MARGIN);
    let review: Value = serde_json::from_slice(&body).unwrap_or_default();
    let request = &review["request"];
    if review["apiVersion"] != "admission.k8s.io/v1" || !request["object"]["metadata"].is_object() {
        return (StatusCode::BAD_REQUEST, "no review of a pod").into_response();
    }
    let response = injector.review(request, time).await;
    let answer = json!({ "apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response });
    ([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    rustls::crypto::ring::default_provider().install_default().expect("nothing else chose one");
    let setting = |name: &str, default: &str| env::var(name).unwrap_or(default.into());
    let injector = Injector {
        planner: Planner::new(
            &env::var("REDIRECT_PLANNER_TARGET")?,
            env::var_os("REDIRECT_PLANNER_TLS").map(PathBuf::from),
        ),
        options: serde_json::from_str(&setting("PLAN_OPTIONS", "{}"))?,
        mesh_config: env::var("MESH_CONFIG")?.into(),
        place: setting("INIT_CONTAINER_PLACE", "last"),
    };
    let app = Router::new()
        .route("/mutate", post(mutate))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(Arc::new(injector));

    let folder = PathBuf::from(env::var("WEBHOOK_TLS")?);
    let (certificate, key) = (folder.join("tls.crt"), folder.join("tls.key"));
    let tls = RustlsConfig::from_pem_file(&certificate, &key).await?;
    let port = setting("PORT", "9443").parse()?;
    // Where there is no IPv6, IPv4 alone.
    let everywhere = [SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)), SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))];
    let listener = TcpListener::bind(&everywhere[..])?;
    listener.set_nonblocking(true)?;
    println!("listening on port {}", listener.local_addr()?.port());

    let renewed = tls.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(10)).await;
            if let Err(error) = renewed.reload_from_pem_file(&certificate, &key).await {
                eprintln!("the webhook's certificate cannot be read, the old one stays: {error}");
            }
        }
    });
    let handle = Handle::new();
    let stopping = handle.clone();
    tokio::spawn(async move {
        let mut told =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("signals can be had");
        told.recv().await;
        // Answers the calls under way first.
        stopping.graceful_shutdown(Some(Duration::from_secs(5)));
    });
    axum_server::from_tcp_rustls(listener, tls)?.handle(handle).serve(app.into_make_service()).await?;
    Ok(())
}
