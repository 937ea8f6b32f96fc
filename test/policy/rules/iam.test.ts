import * as documents from "../../../policy/rules/iam-documents";
import * as rules from "../../../policy/rules/iam";
import type { PlannedResource } from "../../../plan/offline-engine";
import { document, type Mutation, set, unknown, unset } from "../support/mutations";
import { conditioned, says, without } from "../support/policies";
import { prove } from "../support/prove";

const FLOW_LOGS = "network-flow-logs-policy";
const CILIUM = "identities-cilium-operator-network";
const DRIVER = "identities-ebs-driver-volumes";
const DRIVER_KEY = "identities-ebs-driver-key";
const PASS = "karpenter-controller-identity";
const ATTACHMENT = "cluster-role-control-plane";
const TRUST = { path: "assumeRolePolicy" };

/** Adds a resource of another type, e.g. a user. */
function add(type: string): Mutation {
    return (resources) => {
        const model = resources.find(({ name }) => name === "cluster-role");
        if (!model) throw new Error("there is no role cluster-role");
        const added: PlannedResource = { ...model, type, name: "added", urn: `${model.urn}-added`, inputs: {} };
        return [...resources, added];
    };
}

describe("policy: rights in AWS", () => {
    prove(documents.iamDocument, {
        breaks: [
            document(FLOW_LOGS, "policy", (found) => Object.assign(found, { Version: "2008-10-17" })),
            document(FLOW_LOGS, "policy", (found) => Object.assign(found, { Statement: [] })),
        ],
        missing: unset(FLOW_LOGS, "policy"),
        unknown: unknown(FLOW_LOGS, "policy"),
    });

    prove(documents.iamStatement, {
        breaks: [
            says(FLOW_LOGS, 0, { Effect: "Permit" }),
            says(FLOW_LOGS, 0, { Action: [] }),
            says(FLOW_LOGS, 0, { Action: "everything" }),
            says(FLOW_LOGS, 0, { Resource: [] }),
            says(FLOW_LOGS, 0, { Resource: "log-group" }),
            says(FLOW_LOGS, 0, { NotAction: "iam:*" }),
            says("brokers-policy", 0, { Principal: { Service: "firehose" } }),
            says("cluster-role", 0, { Principal: { Service: "eks" } }, TRUST),
        ],
        missing: without("brokers-policy", 0, "Principal"),
        unknown: unknown(FLOW_LOGS, "policy"),
    });

    prove(documents.iamCondition, {
        breaks: [
            conditioned(DRIVER, "SeeVolumes", "StringEquals", { "aws:RequestedRegion": "everywhere" }),
            conditioned(DRIVER, "SeeVolumes", "StringIsh", { "aws:RequestedRegion": "us-east-1" }),
            conditioned(DRIVER, "SeeVolumes", "StringLike", {}),
            conditioned(DRIVER, "SeeVolumes", "StringLike", { "aws:SourceVpc": [] }),
            conditioned("brokers-policy", 0, "StringEquals", { "aws:SourceAccount": "*" }),
        ],
        missing: conditioned(DRIVER, "MakeVolumes", "StringEquals", {}),
        unknown: unknown(DRIVER, "policy"),
        also: {
            "resource-policy-source": "any account is no account",
        },
    });

    prove(rules.iamActions, {
        breaks: [
            says(FLOW_LOGS, 0, { Action: "*" }),
            says(FLOW_LOGS, 0, { Action: "logs:*" }),
            says(FLOW_LOGS, 0, { Action: ["logs:Put*"] }),
        ],
        missing: { passes: says(FLOW_LOGS, 0, { Action: [] }), because: "a statement without actions allows nothing" },
        unknown: unknown(FLOW_LOGS, "policy"),
        also: {
            "iam-tagging": "everything is to set tags",
            "iam-key-use": "everything is to use keys",
            "iam-pass-role": "everything is to hand on roles",
        },
    });

    prove(rules.iamResources, {
        breaks: [
            without(CILIUM, "SeeTheNetwork", "Condition"),
            without(CILIUM, "ServeOwnNodes", "Condition"),
            without(DRIVER, "MakeVolumes", "Condition"),
            says("karpenter-controller-discovery", "SeePricesAndProfiles", { Action: "iam:ListUsers" }),
            says(FLOW_LOGS, 0, { Resource: "*" }),
        ],
        missing: without(DRIVER, "ServeOwnVolumes", "Condition"),
        unknown: unknown(DRIVER, "policy"),
    });

    prove(rules.iamTagging, {
        breaks: [
            conditioned(DRIVER, "TagNewVolumes", "StringEquals", {
                "aws:RequestTag/kubernetes.io/cluster/openclaw-prod": "owned",
            }),
        ],
        missing: without(DRIVER, "TagNewVolumes", "Condition"),
        unknown: unknown(DRIVER, "policy"),
    });

    prove(rules.iamKeyUse, {
        breaks: [
            without(DRIVER_KEY, "EncryptVolumes", "Condition"),
            says(DRIVER_KEY, "EncryptVolumes", { Resource: "arn:aws:kms:us-east-1:111122223333:key/*" }),
            conditioned(DRIVER_KEY, "LetEc2UseTheKeyForVolumes", "Bool", { "kms:GrantIsForAWSResource": "false" }),
        ],
        missing: conditioned(DRIVER_KEY, "LetEc2UseTheKeyForVolumes", "Bool", {}),
        unknown: unknown(DRIVER_KEY, "policy"),
    });

    prove(rules.iamPassRole, {
        breaks: [
            says(PASS, "GiveNodesTheirRole", { Resource: "arn:aws:iam::111122223333:role/karpenter-*" }),
            conditioned(PASS, "GiveNodesTheirRole", "StringEquals", {
                "iam:PassedToService": ["ec2.amazonaws.com", "lambda.amazonaws.com"],
            }),
        ],
        missing: without(PASS, "GiveNodesTheirRole", "Condition"),
        unknown: unknown(PASS, "policy"),
    });

    prove(rules.iamManagedPolicies, {
        breaks: [
            set(ATTACHMENT, "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
            set(ATTACHMENT, "policyArn", "arn:aws:iam::aws:policy/AmazonS3FullAccess"),
            set(ATTACHMENT, "policyArn", "AmazonEKSClusterPolicy"),
        ],
        missing: unset(ATTACHMENT, "policyArn"),
        unknown: unknown(ATTACHMENT, "policyArn"),
    });

    prove(rules.iamTemporary, {
        breaks: [
            add("aws:iam/user:User"),
            add("aws:iam/accessKey:AccessKey"),
            set("cluster-role", "maxSessionDuration", 43200),
        ],
        missing: {
            passes: (resources) => [...resources],
            because: "a session without a length of its own ends after an hour",
        },
        unknown: unknown("cluster-role", "maxSessionDuration"),
    });
});
