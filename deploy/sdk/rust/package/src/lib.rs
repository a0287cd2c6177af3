//! Messages and client of Redirect Planner over gRPC, generated from its contract. Messages read what `kubectl get -o json`
//! prints with serde, and ignore fields that the contract does not name.

/// Version 1 of the contract, `redirect.v1`.
pub mod v1 {
    include!("gen/redirect/v1/redirect.v1.rs");
}
