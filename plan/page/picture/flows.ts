import type { PlanDocument } from "../../document/schema";
import { count, listed, plural } from "../../document/figures";

/** What moves between the parts: drawn in the picture by its number, told below it in words. */
export interface Flow {
    readonly number: number;
    readonly from: string;
    readonly to: string;
    readonly words: string;
}

/** What the picture says, besides where things stand. */
export interface Scene {
    readonly document: PlanDocument;
    readonly flows: readonly Flow[];
    /** Domains outside AWS that some class may reach. */
    readonly domains: readonly string[];
    /** Services inside AWS, models first. */
    readonly services: readonly string[];
    /** How often a message is stored and how many must have it; empty where the plan does not say. */
    readonly copies: string;
}

/** Reads from the plan what flows where. */
export function sceneOf(document: PlanDocument): Scene {
    const { topology, fleet } = document;
    const domains = [...new Set(fleet.flatMap(({ allowedDomains }) => allowedDomains))].sort();
    const services = servicesOf(topology.services);
    const endpoints = Math.max(0, ...topology.zones.map((zone) => zone.endpoints));
    const pooled = topology.proxy ? "through RDS Proxy, which shares connections, " : "";
    const flows = [
        {
            from: "Agents",
            to: "Brokers",
            words: "Council messages and decisions, over TLS; each class of agents proves who it is by IAM.",
        },
        {
            from: "Agents",
            to: "Database",
            words: `Memory, decisions, skills and audit trail, ${pooled}over TLS; who may is decided by IAM, without passwords.`,
        },
        {
            from: "Agents",
            to: "AWS services",
            words: `${listed(services.slice(0, 1))} and ${plural(services.length - 1, "other service")}, by ${plural(endpoints, "interface endpoint")} in a zone and without leaving the VPC.`,
        },
        topology.egressProxy
            ? {
                  from: "Egress proxy",
                  to: "Named domains",
                  words: `The only way out, by a NAT gateway: ${listed(domains)}, for the classes that name them. Every request is logged.`,
              }
            : {
                  from: "Nodes",
                  to: "Image registries",
                  words: "By a NAT gateway. Agents have no way to the internet: no class names a domain.",
              },
        {
            from: "Decisions",
            to: "Archive",
            words: `From the brokers through Firehose into S3 with Object Lock: ${count(topology.archive.days)} days in ${topology.archive.mode} mode${topology.archive.mode === "compliance" ? ", in which nobody can shorten or delete, not even the account's owner" : ", in which those with a special right can lift it"}.`,
        },
        {
            from: "Database",
            to: "Backup vault",
            words: `Snapshots by AWS Backup into a vault of its own${topology.copyRegion === undefined ? "; no copy in another region" : `, each copied to ${topology.copyRegion}`}.`,
        },
    ];
    return {
        document,
        flows: flows.map((flow, index) => ({ number: index + 1, ...flow })),
        domains,
        services,
        copies: copiesOf(document),
    };
}

const NAMES: Readonly<Record<string, string>> = {
    "bedrock-runtime": "Bedrock (models)",
    s3: "S3",
    sts: "STS",
    kms: "KMS",
    ec2: "EC2",
    sqs: "SQS",
    logs: "CloudWatch Logs",
    monitoring: "CloudWatch",
    "ecr.api": "ECR",
    "ecr.dkr": "ECR images",
    eks: "EKS",
    "eks-auth": "EKS Pod Identity",
    secretsmanager: "Secrets Manager",
    ssm: "Systems Manager",
    elasticloadbalancing: "Load balancing",
    autoscaling: "Auto scaling",
    dynamodb: "DynamoDB",
    sns: "SNS",
    xray: "X-Ray",
};

function servicesOf(services: readonly string[]): string[] {
    const rank = (service: string) => (service.startsWith("bedrock") ? 0 : service === "s3" ? 1 : 2);
    return [...new Set(services)]
        .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
        .map((service) => NAMES[service] ?? service);
}

/** From the brokers' settings, which are among the plan's resources. */
function copiesOf({ resources }: PlanDocument): string {
    const settings = resources.find(({ type }) => type === "aws:msk/configuration:Configuration")?.inputs[
        "serverProperties"
    ];
    const value = (key: string) => new RegExp(`^${key}\\s*=\\s*(\\d+)`, "m").exec(String(settings ?? ""))?.[1];
    const [copies, acknowledging] = [value("default\\.replication\\.factor"), value("min\\.insync\\.replicas")];
    return copies === undefined || acknowledging === undefined
        ? ""
        : `${copies} copies, ${acknowledging} must acknowledge`;
}
