import { createHash } from "node:crypto";
import * as eks from "@pulumi/aws/eks";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { logGroup } from "../operations/log-group";
import type { Platform } from "../platform";
import { POOL_LABEL, SYSTEM_POOL } from "./agents/spec";
import { type PolicyStatement, podIdentityRole } from "./iam";
import { type Image, OTEL_COLLECTOR, reference } from "./images";
import { mintAccess } from "./telemetry-access";
import {
    COLLECTOR,
    COLLECTOR_HEALTH_PORT,
    COLLECTOR_PORT,
    COLLECTOR_SECRET,
    COLLECTOR_URL,
    TELEMETRY_NAMESPACE,
    collectorConfig,
} from "./telemetry-config";

/** Arguments of {@link Telemetry}. */
export interface TelemetryArgs {
    readonly platform: Platform;
    readonly clusterName: pulumi.Input<string>;
    readonly clusterArn: pulumi.Input<string>;
    readonly logsKeyArn: pulumi.Input<string>;
    /** Names of the classes of agents. Each costs about $3 a month: as many CloudWatch metrics as the environment itself has. */
    readonly classes: readonly string[];
    /** OpenClaw's image: the job that makes the secrets runs on its Node. */
    readonly image: Image;
}

/** Two can lose one, with its zone. Together they take what 1,000 agents and their bridges report: 50 requests a second. */
const REPLICAS = 2;
/** User of the collector's image. */
const USER = 10_001;

const LABELS = { "app.kubernetes.io/name": COLLECTOR, "app.kubernetes.io/part-of": "openclaw" };
const CONFIG_FILE = "collector.yaml";
const CONFIG_PATH = "/etc/collector/config";

/**
 * What agents report of themselves: turns, tokens, cost, signs of life. They send it to a collector in the cluster, each
 * class with a token of its own, and the collector sends it on to CloudWatch. Needs the namespaces of telemetry and of all
 * classes; agents need the secrets that are made here.
 *
 * CloudWatch keeps the metrics for 15 months. The log events behind them say which agent it was; they come to about 120 MB
 * an agent and month.
 */
export class Telemetry extends pulumi.ComponentResource {
    /** Where agents send metrics and spans to. */
    readonly collectorUrl: string;
    /** Every event by class and agent, for queries. */
    readonly logGroupName: pulumi.Output<string>;

    constructor(name: string, args: TelemetryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:Telemetry", name, {}, opts);
        const { platform } = args;
        const parent = { parent: this };

        const groupName = `/${platform.name}/agents`;
        const group = logGroup(
            `${name}-log`,
            { logGroupName: groupName, platform, kmsKeyArn: args.logsKeyArn },
            parent,
        );
        const identity = createIdentity(name, args, groupName, parent);
        const access = mintAccess(`${name}-access`, { classes: args.classes, image: reference(args.image) }, this);
        const text = stringify(
            collectorConfig({ environment: platform.name, region: platform.region, logGroupName: groupName }),
            { lineWidth: 0 },
        );
        const config = new core.ConfigMap(
            `${name}-config`,
            { metadata: metadata(COLLECTOR), data: { [CONFIG_FILE]: text } },
            parent,
        );
        const account = new core.ServiceAccount(
            `${name}-account`,
            { metadata: metadata(COLLECTOR), automountServiceAccountToken: false },
            parent,
        );
        new policy.PodDisruptionBudget(
            `${name}-budget`,
            { metadata: metadata(COLLECTOR), spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } } },
            parent,
        );
        const deployment = new apps.Deployment(
            `${name}-collector`,
            { metadata: metadata(COLLECTOR), spec: deploymentSpec(text) },
            // Without its identity a pod gets no credentials, not even later.
            { parent: this, dependsOn: [group, identity, access, config, account] },
        );
        new core.Service(
            `${name}-service`,
            {
                metadata: metadata(COLLECTOR),
                spec: {
                    type: "ClusterIP",
                    selector: LABELS,
                    ports: [{ name: "otlp", port: COLLECTOR_PORT, targetPort: "otlp", appProtocol: "https" }],
                },
            },
            { parent: this, dependsOn: deployment },
        );

        this.collectorUrl = COLLECTOR_URL;
        this.logGroupName = group.name;
        this.registerOutputs({ collectorUrl: this.collectorUrl, logGroupName: this.logGroupName });
    }
}

function metadata(name: string) {
    return { name, namespace: TELEMETRY_NAMESPACE, labels: LABELS };
}

function createIdentity(
    name: string,
    { platform, clusterName, clusterArn }: TelemetryArgs,
    groupName: string,
    opts: pulumi.CustomResourceOptions,
): eks.PodIdentityAssociation {
    const service = { namespace: TELEMETRY_NAMESPACE, serviceAccount: COLLECTOR };
    const role = podIdentityRole(
        `${name}-collector`,
        {
            ...service,
            clusterArn,
            description: "Collector: metrics of agents, written as log events",
            policies: { write: writeStatements(platform, groupName) },
        },
        opts,
    );
    return new eks.PodIdentityAssociation(`${name}-collector`, { ...service, clusterName, roleArn: role.arn }, opts);
}

/** Into the one group made for it. CloudWatch makes metrics of the events by itself: the right to put metrics is not needed. */
function writeStatements({ region, account }: Platform, groupName: string): PolicyStatement[] {
    const group = `arn:aws:logs:${region}:${account}:log-group:${groupName}`;
    return [
        {
            Sid: "WriteEvents",
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: [group, `${group}:log-stream:*`],
        },
    ];
}

function deploymentSpec(config: string) {
    return {
        replicas: REPLICAS,
        revisionHistoryLimit: 3,
        selector: { matchLabels: LABELS },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
            metadata: {
                labels: LABELS,
                // The collector reads its configuration once.
                annotations: { "openclaw/config": createHash("sha256").update(config).digest("hex").slice(0, 16) },
            },
            spec: {
                serviceAccountName: COLLECTOR,
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                nodeSelector: { [POOL_LABEL]: SYSTEM_POOL },
                topologySpreadConstraints: [
                    {
                        maxSkew: 1,
                        topologyKey: "topology.kubernetes.io/zone",
                        whenUnsatisfiable: "DoNotSchedule",
                        // A dead zone, whose nodes are tainted, stops counting.
                        nodeTaintsPolicy: "Honor",
                        labelSelector: { matchLabels: LABELS },
                        matchLabelKeys: ["pod-template-hash"],
                    },
                ],
                securityContext: {
                    runAsNonRoot: true,
                    runAsUser: USER,
                    runAsGroup: USER,
                    fsGroup: USER,
                    seccompProfile: { type: "RuntimeDefault" },
                },
                containers: [container()],
                volumes: [
                    { name: "config", configMap: { name: COLLECTOR, defaultMode: 0o440 } },
                    { name: "access", secret: { secretName: COLLECTOR_SECRET.name, defaultMode: 0o440 } },
                ],
            },
        },
    };
}

function container() {
    const probe = { httpGet: { path: "/", port: "health" }, timeoutSeconds: 3 };
    const memory = "512Mi";
    const disk = "64Mi";
    return {
        name: COLLECTOR,
        image: reference(OTEL_COLLECTOR),
        args: [`--config=${CONFIG_PATH}/${CONFIG_FILE}`],
        env: [
            // Names the log stream: two writers on one would wait for each other.
            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "GOMEMLIMIT", value: "400MiB" },
        ],
        ports: [
            { name: "otlp", containerPort: COLLECTOR_PORT },
            { name: "health", containerPort: COLLECTOR_HEALTH_PORT },
        ],
        resources: {
            requests: { cpu: "100m", memory, "ephemeral-storage": disk },
            limits: { cpu: "1", memory, "ephemeral-storage": disk },
        },
        startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 30 },
        readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 2 },
        livenessProbe: { ...probe, periodSeconds: 20, failureThreshold: 3 },
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
            { name: "config", mountPath: CONFIG_PATH, readOnly: true },
            { name: "access", mountPath: COLLECTOR_SECRET.mountPath, readOnly: true },
        ],
    };
}
