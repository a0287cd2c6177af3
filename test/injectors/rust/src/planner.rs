//! The client of the planner.

use std::{fs, path::PathBuf, sync::Mutex, time::Duration};

use redirect_planner::v1::{PlanRequest, PlanResponse, redirect_planner_client::RedirectPlannerClient};
use tokio::time::{Instant, sleep, timeout};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

/// What the service config of other languages says; tonic reads none.
const MOST_TIME: Duration = Duration::from_secs(2);
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_millis(500);

type Error = Box<dyn std::error::Error + Send + Sync>;

pub struct Planner {
    /// `https://host:port`, `http://host:port` or `unix:///path`.
    address: String,
    /// A folder with ca.crt, tls.crt and tls.key, as a Secret mount has them; without it, no TLS (unix socket).
    tls: Option<PathBuf>,
    /// The connection, and the files that it was made with.
    channel: Mutex<Option<(Vec<String>, Channel)>>,
}

impl Planner {
    pub fn new(target: &str, tls: Option<PathBuf>) -> Self {
        // tonic has no DNS resolver that takes turns: it connects to the first address that answers.
        let scheme = if tls.is_some() { "https://" } else { "http://" };
        Planner { address: target.replace("dns:///", scheme), tls, channel: Mutex::new(None) }
    }

    /// Asks for a plan, and asks again while the planner is unavailable and there is time.
    pub async fn plan(&self, request: PlanRequest, time: Duration) -> Result<PlanResponse, Error> {
        let time = time.min(MOST_TIME);
        let end = Instant::now() + time;
        let attempts = async {
            let mut wait = FIRST_WAIT;
            loop {
                let mut client = RedirectPlannerClient::new(self.connected()?);
                let mut asked = Request::new(request.clone());
                asked.set_timeout(end - Instant::now());
                match client.plan(asked).await {
                    Ok(answer) => return Ok(answer.into_inner()),
                    // It says that the call did nothing, so that another one does no harm.
                    Err(status) if status.code() == Code::Unavailable => sleep(wait).await,
                    Err(status) => return Err(status.into()),
                }
                wait = LONGEST_WAIT.min(wait * 2);
            }
        };
        let no_answer = |_| Status::deadline_exceeded("the redirect planner did not answer in time");
        timeout(time, attempts).await.map_err(no_answer)?
    }

    /// The connection, made anew when a certificate was renewed.
    fn connected(&self) -> Result<Channel, Error> {
        let files = match &self.tls {
            Some(folder) => ["ca.crt", "tls.crt", "tls.key"].map(|name| fs::read_to_string(folder.join(name))),
            None => [const { Ok(String::new()) }; 3],
        };
        let files = files.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut kept = self.channel.lock().expect("no thread panics with the lock");
        if let Some((made_with, channel)) = kept.as_ref()
            && *made_with == files
        {
            return Ok(channel.clone());
        }
        let mut endpoint = Endpoint::from_shared(self.address.clone())?
            .connect_timeout(Duration::from_secs(1))
            // A node that died says nothing: without pings, calls would go to it until TCP gives up, a quarter of an hour.
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(5));
        if self.tls.is_some() {
            let config = ClientTlsConfig::new()
                .ca_certificate(Certificate::from_pem(&files[0]))
                .identity(Identity::from_pem(&files[1], &files[2]));
            endpoint = endpoint.tls_config(config)?;
        }
        let channel = endpoint.connect_lazy();
        *kept = Some((files, channel.clone()));
        Ok(channel)
    }
}

/// What the planner has against a pod, a line for each finding; nothing when the error is a failure.
pub fn refusal(error: &Error) -> Option<String> {
    let status = error.downcast_ref::<Status>()?;
    if !matches!(status.code(), Code::InvalidArgument | Code::FailedPrecondition | Code::ResourceExhausted) {
        return None;
    }
    let violations = status.get_details_bad_request().map_or(Vec::new(), |details| details.field_violations);
    if violations.is_empty() {
        return Some(format!("\n- {}", status.message()));
    }
    let line = |field: &str, description: &str| match field {
        "" => format!("\n- {description}"),
        _ => format!("\n- {field}: {description}"),
    };
    Some(violations.iter().map(|violation| line(&violation.field, &violation.description)).collect())
}
