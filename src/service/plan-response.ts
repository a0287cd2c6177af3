import { create } from "@bufbuild/protobuf";
import { type PlanResponse, PlanResponseSchema } from "../gen/redirect/v1/plan_pb.ts";
import { type Container, ContainerSchema } from "../gen/redirect/v1/pod_pb.ts";
import type { Proof } from "../gen/redirect/v1/proof_pb.ts";
import type { PodPlan } from "../plan.ts";
import type { InitContainer } from "../render/init-container.ts";
import { planDigest } from "./digest.ts";
import { findingMessage } from "./finding-messages.ts";
import { dialectMessage, policyMessage } from "./policy-message.ts";
import { chainMessage } from "./ruleset-messages.ts";

/** The answer that carries a plan, with its proof where that was asked for. */
export function planResponse(plan: PodPlan, proof?: Proof): PlanResponse {
  const { policy, script, cleanupScript, prerequisites } = plan;
  const initContainer = containerMessage(plan.initContainer);
  return create(PlanResponseSchema, {
    ...(proof !== undefined && { proof }),
    plan: {
      dialect: dialectMessage(policy.profile.dialect),
      policy: policyMessage(policy),
      chains: plan.chains.map(chainMessage),
    },
    script,
    cleanupScript,
    initContainer,
    findings: plan.findings.map(findingMessage),
    digest: planDigest({ script, cleanupScript, initContainer }),
    prerequisites: {
      tables: [...prerequisites.tables],
      matches: [...prerequisites.matches],
      targets: [...prerequisites.targets],
      kernelModules: [...prerequisites.kernelModules],
      capabilities: [...prerequisites.capabilities],
      tools: [...prerequisites.tools],
      allowedByPodSecurityRestricted: prerequisites.allowedByPodSecurityRestricted,
    },
  });
}

function containerMessage({ securityContext, ...container }: InitContainer): Container {
  const { capabilities, ...settings } = securityContext;
  return create(ContainerSchema, {
    ...container,
    command: [...container.command],
    args: [...container.args],
    env: container.env.map(({ name, fieldRef }) => ({ name, valueFrom: { fieldRef } })),
    securityContext: {
      ...settings,
      capabilities: { add: [...capabilities.add], drop: [...capabilities.drop] },
    },
  });
}
