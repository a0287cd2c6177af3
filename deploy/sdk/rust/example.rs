//! Reads a plan's request as JSON from standard input, calls the planner, and prints the script, or all that is wrong.
use std::time::Duration;

use redirect_planner::v1::{redirect_planner_client::RedirectPlannerClient, PlanRequest};
use tonic::{Request, Status};
use tonic_types::StatusExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut planner = RedirectPlannerClient::connect("http://localhost:9000").await?;
    let input: PlanRequest = serde_json::from_reader(std::io::stdin())?;
    let mut request = Request::new(input);
    request.set_timeout(Duration::from_secs(5));
    match planner.plan(request).await {
        Ok(answer) => println!("{}", answer.into_inner().script),
        Err(status) => {
            print_refusal(&status);
            std::process::exit(1);
        }
    }
    Ok(())
}

fn print_refusal(status: &Status) {
    println!("{:?}", status.code());
    let details = status.get_error_details();
    for violation in details.bad_request().iter().flat_map(|bad| &bad.field_violations) {
        println!("{} {} {}", violation.reason, violation.field, violation.description);
    }
    if let Some(info) = details.error_info() {
        println!("{}", info.reason);
    }
}
