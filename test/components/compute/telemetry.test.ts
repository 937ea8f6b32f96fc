import { strict as assert } from "node:assert";
import { parse } from "yaml";
import * as k8s from "@pulumi/kubernetes/provider";
import { Telemetry, type TelemetryArgs } from "../../../components/compute/telemetry";
import { collectorConfig } from "../../../components/compute/telemetry-config";
import { type Recorded, platform, record } from "../../support/record";
import { assertNarrow, clusterArn, keyArn, roleStatements } from "./support";

const digest = `sha256:${"a".repeat(64)}`;
const args: TelemetryArgs = {
    platform,
    clusterName: "openclaw-test",
    clusterArn,
    logsKeyArn: keyArn("logs"),
    classes: ["support", "analyst"],
    image: { repository: "ghcr.io/openclaw/openclaw", tag: "2026.9.6", digest },
};

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const JOB = "kubernetes:batch/v1:Job";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";

const create = (changed: Partial<TelemetryArgs> = {}): Promise<Recorded> =>
    record(() => {
        const provider = new k8s.Provider("kubernetes");
        return new Telemetry("telemetry", { ...args, ...changed }, { providers: [provider] });
    });

interface PodTemplate {
    readonly metadata: { readonly annotations: Record<string, string>; readonly labels: Record<string, string> };
    readonly spec: Record<string, unknown> & { readonly containers: readonly Record<string, unknown>[] };
}

const isTemplate = (value: unknown): value is PodTemplate =>
    typeof value === "object" && value !== null && "metadata" in value && "spec" in value;

function template(recorded: Recorded): PodTemplate {
    const spec = recorded.inputs("telemetry-collector", DEPLOYMENT)["spec"];
    const found = typeof spec === "object" && spec !== null && "template" in spec ? spec.template : undefined;
    assert.ok(isTemplate(found));
    return found;
}

describe("Telemetry", () => {
    let recorded: Recorded;
    before(async () => (recorded = await create()));

    it("writes into one group, with an end and our key, and may do nothing else", () => {
        assert.deepEqual(recorded.inputs("telemetry-log"), {
            name: "/openclaw-test/agents",
            retentionInDays: 400,
            kmsKeyId: keyArn("logs"),
            deletionProtectionEnabled: true,
        });
        const statements = roleStatements(recorded, "telemetry-collector");
        assertNarrow(statements);
        const group = "arn:aws:logs:us-east-1:111122223333:log-group:/openclaw-test/agents";
        assert.deepEqual(statements, [
            {
                Sid: "WriteEvents",
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                Resource: [group, `${group}:log-stream:*`],
            },
        ]);
    });

    it("gives the role to the collector's service account alone", () => {
        const { clusterName, namespace, serviceAccount } = recorded.inputs(
            "telemetry-collector",
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        );
        assert.deepEqual(
            [clusterName, namespace, serviceAccount],
            ["openclaw-test", "openclaw-telemetry", "collector"],
        );
    });

    it("runs twice over the zones, on system nodes, and loses one at a time", () => {
        const { spec } = template(recorded);
        assert.deepEqual(spec["nodeSelector"], { "openclaw/pool": "system" });
        assert.deepEqual(spec["topologySpreadConstraints"], [
            {
                maxSkew: 1,
                topologyKey: "topology.kubernetes.io/zone",
                whenUnsatisfiable: "DoNotSchedule",
                nodeTaintsPolicy: "Honor",
                labelSelector: { matchLabels: template(recorded).metadata.labels },
                matchLabelKeys: ["pod-template-hash"],
            },
        ]);
        const { replicas, strategy } = recorded.inputs("telemetry-collector", DEPLOYMENT)["spec"] as Record<
            string,
            unknown
        >;
        assert.equal(replicas, 2);
        assert.deepEqual(strategy, { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
        assert.deepEqual(recorded.inputs("telemetry-budget")["spec"], {
            maxUnavailable: 1,
            selector: { matchLabels: template(recorded).metadata.labels },
        });
    });

    it("passes restricted Pod Security, has limits, and no Kubernetes token", () => {
        const { spec } = template(recorded);
        const [container, ...others] = spec.containers;
        assert.ok(container && others.length === 0);
        assert.equal(spec["automountServiceAccountToken"], false);
        assert.deepEqual(spec["securityContext"], {
            runAsNonRoot: true,
            runAsUser: 10_001,
            runAsGroup: 10_001,
            fsGroup: 10_001,
            seccompProfile: { type: "RuntimeDefault" },
        });
        assert.deepEqual(container["securityContext"], {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        });
        assert.deepEqual(container["resources"], {
            requests: { cpu: "100m", memory: "512Mi", "ephemeral-storage": "64Mi" },
            limits: { cpu: "1", memory: "512Mi", "ephemeral-storage": "64Mi" },
        });
        assert.match(
            String(container["image"]),
            /^docker\.io\/otel\/opentelemetry-collector-contrib:0\.159\.0@sha256:/,
        );
    });

    it("reads the configuration that is written for it, and restarts when it changes", async () => {
        const { data } = recorded.inputs("telemetry-config") as { data: Record<string, string> };
        const expected = collectorConfig({
            environment: platform.name,
            region: platform.region,
            logGroupName: "/openclaw-test/agents",
        });
        assert.deepEqual(parse(data["collector.yaml"] ?? ""), expected);
        const other = await create({ platform: { ...platform, region: "eu-west-1" } });
        assert.notDeepEqual(template(other).metadata.annotations, template(recorded).metadata.annotations);
    });

    it("starts when there is a group to write to, credentials, tokens and a certificate", () => {
        const { dependencies } = recorded.get("telemetry-collector", DEPLOYMENT);
        const needed = [
            recorded.get("telemetry-log"),
            recorded.get("telemetry-collector", "aws:eks/podIdentityAssociation:PodIdentityAssociation"),
            recorded.get("telemetry-access", JOB),
            recorded.get("telemetry-config"),
        ];
        for (const { urn, name } of needed) assert.ok(dependencies.includes(urn), name);
    });

    it("has a job that may keep one secret in each namespace and read no other", () => {
        const rules = (secret: string) => [
            { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
            { apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: ["get", "update"] },
        ];
        const roles = recorded.ofType(ROLE).map(({ inputs }) => {
            const { namespace } = inputs["metadata"] as { namespace: string };
            return [namespace, inputs["rules"]];
        });
        assert.deepEqual(Object.fromEntries(roles), {
            "agents-analyst": rules("telemetry"),
            "agents-support": rules("telemetry"),
            "openclaw-telemetry": rules("collector"),
        });
    });

    it("runs the job anew for another class, and not for the same ones in another order", async () => {
        const name = (from: Recorded): string => {
            const { metadata } = from.inputs("telemetry-access", JOB) as { metadata: { name: string } };
            return metadata.name;
        };
        assert.match(name(recorded), /^mint-access-[0-9a-f]{10}$/);
        assert.equal(name(await create({ classes: ["analyst", "support"] })), name(recorded));
        assert.notEqual(name(await create({ classes: ["analyst", "support", "engineer"] })), name(recorded));
    });
});
