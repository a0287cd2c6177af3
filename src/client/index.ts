/**
 * The contract as messages, enums and the service, and the details of its errors: what a client of Connect is made from,
 * on every platform that it knows, browsers too.
 *
 * `createClient(RedirectPlanner, createGrpcTransport({ baseUrl }))` makes a client;
 * `ConnectError.from(error).findDetails(BadRequestSchema)` gives every field violation of a refused request.
 */
export * from "../gen/google/rpc/error_details_pb.ts";
export * from "../gen/redirect/v1/compare_pb.ts";
export * from "../gen/redirect/v1/explain_pb.ts";
export * from "../gen/redirect/v1/finding_pb.ts";
export * from "../gen/redirect/v1/mesh_config_pb.ts";
export * from "../gen/redirect/v1/packet_pb.ts";
export * from "../gen/redirect/v1/plan_pb.ts";
export * from "../gen/redirect/v1/plan_stream_pb.ts";
export * from "../gen/redirect/v1/pod_pb.ts";
export * from "../gen/redirect/v1/proof_pb.ts";
export * from "../gen/redirect/v1/redirect_planner_pb.ts";
export * from "../gen/redirect/v1/ruleset_pb.ts";
export * from "../gen/redirect/v1/verify_pb.ts";
