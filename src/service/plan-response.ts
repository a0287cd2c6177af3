import { create } from "@bufbuild/protobuf";
import {
  type PlanResponse,
  PlanResponseSchema,
  PlanSchema,
  PrerequisitesSchema,
} from "../gen/redirect/v1/plan_pb.ts";
import { type Container, ContainerSchema } from "../gen/redirect/v1/pod_pb.ts";
import type { Proof } from "../gen/redirect/v1/proof_pb.ts";
import type { PodPlan } from "../plan.ts";
import type { InitContainer } from "../render/init-container.ts";
import { planDigest } from "./digest.ts";
import { findingMessage } from "./finding-messages.ts";
import { dialectMessage, policyMessage } from "./policy-message.ts";
import { chainMessage } from "./ruleset-messages.ts";

/** What the answers to pods of one policy share: all but findings and proof. */
type SharedAnswer = Omit<PlanResponse, "$typeName" | "$unknown" | "findings" | "proof">;

/** By the chains of a plan, which the planner gives to every pod of a policy. */
const sharedAnswers = new WeakMap<PodPlan["chains"], SharedAnswer>();

/** Without a proof, by the plan: the planner gives pods of which there is the same to tell one plan. */
const answers = new WeakMap<PodPlan, PlanResponse>();

/**
 * The answer that carries a plan, with its proof where that was asked for. Not to be changed: parts of it are parts of
 * other answers.
 */
export function planResponse(plan: PodPlan, proof?: Proof): PlanResponse {
  if (proof !== undefined) return answerOf(plan, proof);
  let answer = answers.get(plan);
  if (answer === undefined) {
    answer = answerOf(plan);
    answers.set(plan, answer);
  }
  return answer;
}

function answerOf(plan: PodPlan, proof?: Proof): PlanResponse {
  let shared = sharedAnswers.get(plan.chains);
  if (shared === undefined) {
    shared = sharedAnswer(plan);
    sharedAnswers.set(plan.chains, shared);
  }
  return create(PlanResponseSchema, {
    ...shared,
    ...(proof !== undefined && { proof }),
    findings: plan.findings.map(findingMessage),
  });
}

function sharedAnswer(plan: PodPlan): SharedAnswer {
  const { policy, script, cleanupScript, prerequisites } = plan;
  const initContainer = containerMessage(plan.initContainer);
  return {
    plan: create(PlanSchema, {
      dialect: dialectMessage(policy.profile.dialect),
      policy: policyMessage(policy),
      chains: plan.chains.map(chainMessage),
    }),
    script,
    cleanupScript,
    initContainer,
    digest: planDigest({ script, cleanupScript, initContainer }),
    prerequisites: create(PrerequisitesSchema, {
      tables: [...prerequisites.tables],
      matches: [...prerequisites.matches],
      targets: [...prerequisites.targets],
      kernelModules: [...prerequisites.kernelModules],
      capabilities: [...prerequisites.capabilities],
      tools: [...prerequisites.tools],
      allowedByPodSecurityRestricted: prerequisites.allowedByPodSecurityRestricted,
    }),
  };
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
