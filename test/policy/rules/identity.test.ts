import * as agents from "../../../policy/rules/agent-identity";
import * as policies from "../../../policy/rules/resource-policies";
import * as trust from "../../../policy/rules/role-trust";
import { remove, set, unknown, unset } from "../support/mutations";
import { conditioned, says, without } from "../support/policies";
import { prove } from "../support/prove";

const TRUST = { path: "assumeRolePolicy" };
const ROLE = "cells-analyst-identity-role";
const ASSOCIATION = "cells-analyst-identity-association";
const MODEL = "cells-analyst-identity-model-role-model";
const STATE = `${ROLE}-state`;
const BUCKET = "arn:aws:s3:::state-bucket-5d001f2";
const OWN = "${aws:PrincipalTag/kubernetes-namespace}/${aws:PrincipalTag/kubernetes-pod-name}/*";
const TOPIC = "operations-topic-policy";
const QUEUE = { type: "aws:sqs/queuePolicy:QueuePolicy" };
const TAGS = {
    "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:us-east-1:111122223333:cluster/openclaw-prod",
    "aws:RequestTag/kubernetes-namespace": "agents-analyst",
};

describe("policy: who takes on roles", () => {
    prove(trust.roleTrust, {
        breaks: [
            says("cluster-role", 0, { Principal: "*" }, TRUST),
            says("cluster-role", 0, { Principal: { AWS: "arn:aws:iam::111122223333:root" } }, TRUST),
            says("cluster-role", 0, { Action: ["sts:AssumeRole", "sts:GetFederationToken"] }, TRUST),
        ],
        missing: {
            passes: says("cluster-role", 0, { Principal: {} }, TRUST),
            because: "a role that names nobody is taken on by nobody",
        },
        unknown: unknown("cluster-role", "assumeRolePolicy"),
    });

    prove(trust.roleTrustSource, {
        breaks: [
            without("database-monitoring-role", 0, "Condition", TRUST),
            without("network-flow-logs-role", 0, "Condition", TRUST),
        ],
        missing: conditioned("database-monitoring-role", 0, "StringEquals", {}, TRUST),
        unknown: unknown("database-monitoring-role", "assumeRolePolicy"),
    });

    prove(trust.podRoleTrust, {
        breaks: [
            conditioned(ROLE, 0, "StringEquals", TAGS, TRUST),
            conditioned(
                ROLE,
                0,
                "StringEquals",
                { ...TAGS, "aws:RequestTag/kubernetes-service-account": ["agent", "other"] },
                TRUST,
            ),
            says(ROLE, 0, { Action: "sts:AssumeRole" }, TRUST),
        ],
        missing: without(ROLE, 0, "Condition", TRUST),
        unknown: unknown(ROLE, "assumeRolePolicy"),
    });

    prove(trust.podIdentity, {
        breaks: [
            set(
                "telemetry-collector",
                "serviceAccount",
                "default",
                "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            ),
            set(
                "identities-cilium-operator",
                "namespace",
                "other",
                "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            ),
            set(ASSOCIATION, "disableSessionTags", true),
            set("addons-aws-ebs-csi-driver", "podIdentityAssociations.0.serviceAccount", "other-sa"),
        ],
        missing: unset(ASSOCIATION, "serviceAccount"),
        unknown: unknown(ASSOCIATION, "serviceAccount"),
        also: { "pod-identity-used": "no pod runs as the default account" },
    });
});

describe("policy: rights of agents", () => {
    prove(agents.agentActions, {
        breaks: [
            says(STATE, "KeepOwnState", { Action: ["s3:GetObject", "s3:DeleteObjectVersion"] }),
            says(MODEL, "InvokeProfile", { Action: ["bedrock:CreateGuardrail"] }),
        ],
        missing: { passes: remove(STATE), because: "what is not allowed cannot be done" },
        unknown: unknown(STATE, "policy"),
    });

    prove(agents.agentOwnState, {
        breaks: [
            says(STATE, "KeepOwnState", { Resource: `${BUCKET}/*` }),
            says(STATE, "KeepOwnState", { Resource: [`${BUCKET}/${OWN}`, `${BUCKET}/other/*`] }),
            conditioned(STATE, "ListOwnState", "StringLike", { "s3:prefix": "*" }),
        ],
        missing: conditioned(STATE, "ListOwnState", "StringLike", {}),
        unknown: unknown(STATE, "policy"),
    });

    prove(agents.agentOwnUser, {
        breaks: [
            says(`${ROLE}-database`, "LogInAsItself", {
                Resource: "arn:aws:rds-db:us-east-1:111122223333:dbuser:prx-db8af02342d8cf197/analyst-0",
            }),
            says(`${ROLE}-database`, "LogInAsItself", {
                Resource: "arn:aws:rds-db:us-east-1:111122223333:dbuser:*/${aws:PrincipalTag/kubernetes-pod-name}",
            }),
        ],
        missing: says(`${ROLE}-database`, "LogInAsItself", { Resource: "*" }),
        unknown: unknown(`${ROLE}-database`, "policy"),
        also: { "iam-resources": "it is any user of any database" },
    });

    prove(agents.agentInsideNetwork, {
        breaks: [without(STATE, "KeepOwnState", "Condition"), without(MODEL, "InvokeModelThroughProfile", "Condition")],
        missing: without(MODEL, "InvokeProfile", "Condition"),
        unknown: unknown(STATE, "policy"),
    });

    prove(agents.agentTopics, {
        breaks: [
            says(`${ROLE}-topics`, "WriteTopics", {
                Resource: "arn:aws:kafka:us-east-1:111122223333:topic/openclaw-prod-brokers/1/*",
            }),
            says(MODEL, "InvokeModelThroughProfile", { Resource: "arn:aws:bedrock:*::foundation-model/*" }),
        ],
        missing: says(`${ROLE}-brokers`, "Connect", { Resource: "*" }),
        unknown: unknown(`${ROLE}-topics`, "policy"),
    });
});

describe("policy: policies of topics, queues, brokers and endpoints", () => {
    prove(policies.resourcePolicyClosed, {
        breaks: [
            says(TOPIC, "Events", { Principal: "*" }),
            without("network-endpoint-kms", "OnlyThisAccount", "Condition"),
            conditioned("network-endpoint-s3", "OwnBuckets", "StringEquals", {
                "aws:ResourceAccount": "111122223333",
            }),
            says("network-endpoint-s3", "ImageLayers", { Resource: "arn:aws:s3:::somebodys-bucket/*" }),
            says("network-endpoint-s3", "ImageLayers", { Action: "s3:PutObject" }),
        ],
        missing: without("network-endpoint-sts", "OnlyThisAccount", "Condition"),
        unknown: unknown("network-endpoint-sts", "policy"),
        also: { "endpoint-account": "it asks for the resource's account alone" },
    });

    prove(policies.endpointAccount, {
        breaks: [
            conditioned("network-endpoint-kms", "OnlyThisAccount", "StringEquals", {
                "aws:PrincipalAccount": "111122223333",
            }),
            conditioned("network-endpoint-s3", "OwnBuckets", "StringEquals", {
                "aws:PrincipalAccount": "111122223333",
            }),
        ],
        missing: conditioned("network-endpoint-sts", "OnlyThisAccount", "StringEquals", {
            "aws:PrincipalOrgID": "o-1234567890",
        }),
        unknown: unknown("network-endpoint-kms", "policy"),
    });

    prove(policies.resourcePolicyActions, {
        breaks: [
            says(TOPIC, "Alarms", { Action: "sns:*" }),
            says("brokers-policy", "FirehoseConnects", { Resource: "*" }),
        ],
        missing: {
            passes: says(TOPIC, "Alarms", { Action: [] }),
            because: "a statement without actions allows nothing",
        },
        unknown: unknown(TOPIC, "policy"),
    });

    prove(policies.resourcePolicySource, {
        breaks: [
            without(TOPIC, "Alarms", "Condition"),
            without("karpenter-interruptions", "TakeEventsOfTheseRules", "Condition", QUEUE),
        ],
        missing: without("brokers-policy", "FirehoseConnects", "Condition"),
        unknown: unknown(TOPIC, "policy"),
    });

    prove(policies.resourcePolicyTls, {
        breaks: [
            remove(TOPIC),
            says(TOPIC, "EncryptedInTransit", { Effect: "Allow" }),
            conditioned(TOPIC, "EncryptedInTransit", "Bool", { "aws:SecureTransport": "true" }),
            conditioned(TOPIC, "EncryptedInTransit", "StringEquals", { "aws:SourceAccount": "111122223333" }),
            says(TOPIC, "EncryptedInTransit", { Action: "sns:Subscribe" }),
        ],
        missing: without("karpenter-interruptions", "RefuseWithoutTls", "Condition", QUEUE),
        unknown: unknown("karpenter-interruptions", "policy", QUEUE.type),
        also: { "resource-policy-closed": "what was a refusal to everyone becomes a right of everyone" },
    });
});
