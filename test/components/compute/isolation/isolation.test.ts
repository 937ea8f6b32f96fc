import { strict as assert } from "node:assert";
import { quotaOf, limitsOf } from "../../../../components/model/quota";
import type { AgentClass } from "../../../../components/compute/agents/spec";
import { ClassIsolation, PlatformIsolation } from "../../../../components/compute/isolation/isolation";
import { type Recorded, platform, record, value } from "../../../support/record";
import { clusterArn, keyArn } from "../support";
import { analyst, ciliumNetworkPolicy, places, sidecars } from "./support";

const namespaceType = "kubernetes:core/v1:Namespace";
const restricted = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "v1.35",
    "pod-security.kubernetes.io/audit": "restricted",
    "pod-security.kubernetes.io/audit-version": "v1.35",
    "pod-security.kubernetes.io/warn": "restricted",
    "pod-security.kubernetes.io/warn-version": "v1.35",
};
const labels = {
    "app.kubernetes.io/name": "openclaw-agent",
    "app.kubernetes.io/part-of": "openclaw",
    "openclaw/tier": "agents",
    "openclaw/class": "analyst",
};

async function isolate(changes: Partial<AgentClass>, protect = true) {
    const made: ClassIsolation[] = [];
    const topic = "arn:aws:kafka:us-east-1:111122223333:topic/openclaw-test/1/x";
    const recorded = await record(() => {
        made.push(
            new ClassIsolation("analyst", {
                platform: { ...platform, protect },
                agentClass: { ...analyst, ...changes },
                sidecars,
                kubernetesVersion: "1.35",
                places,
                egressNamespace: "openclaw-egress",
                clusterName: "openclaw-test",
                clusterArn,
                vpcId: "vpc-1",
                state: { bucketArn: "arn:aws:s3:::state", keyArn: keyArn("state") },
                brokers: {
                    clusterArn: "arn:aws:kafka:us-east-1:111122223333:cluster/openclaw-test/1",
                    topicArns: {
                        councilDeliberation: topic,
                        agentMessages: topic,
                        decisions: topic,
                        auditEvents: topic,
                        deadLetters: topic,
                    },
                },
                databaseResourceId: "prx-0a1b",
            }),
        );
    });
    const [isolation] = made;
    assert.ok(isolation);
    return { recorded, isolation };
}

describe("ClassIsolation", () => {
    let recorded: Recorded;
    let isolation: ClassIsolation;
    before(async () => ({ recorded, isolation } = await isolate({})));

    it("gives a class its own namespace, for restricted pods as this version of Kubernetes defines them", () => {
        assert.deepEqual(recorded.inputs("analyst-namespace", namespaceType)["metadata"], {
            name: "agents-analyst",
            labels: { ...labels, ...restricted },
            annotations: { "openclaw/max-ingress-bandwidth": "50M", "openclaw/max-egress-bandwidth": "20M" },
        });
    });

    it("bounds the namespace by what the class says", () => {
        assert.deepEqual(recorded.inputs("analyst-namespace-quota"), {
            apiVersion: "v1",
            kind: "ResourceQuota",
            metadata: { name: "quota", namespace: "agents-analyst", labels },
            spec: { hard: quotaOf(analyst, sidecars) },
        });
        assert.deepEqual(recorded.inputs("analyst-namespace-limits")["spec"], { limits: limitsOf(analyst, sidecars) });
    });

    it("closes the network of every pod in both directions, then opens what policies name", () => {
        assert.deepEqual(recorded.inputs("analyst-namespace-default-deny")["spec"], {
            podSelector: {},
            policyTypes: ["Ingress", "Egress"],
        });
        assert.equal(recorded.ofType(ciliumNetworkPolicy).length, 2);
        for (const name of ["agents", "jobs"]) {
            const { metadata } = recorded.inputs(`analyst-network-${name}`);
            assert.deepEqual(metadata, { name, namespace: "agents-analyst", labels });
        }
    });

    it("is not deleted by mistake, for the agents' claims would go with it", async () => {
        assert.equal(recorded.get("analyst-namespace", namespaceType).protect, true);
        const { recorded: staging } = await isolate({}, false);
        assert.equal(staging.get("analyst-namespace", namespaceType).protect, false);
    });

    it("hands out the namespace's name when everything in it is there", async () => {
        assert.equal(await value(isolation.namespace), "agents-analyst");
    });

    it("has no way to the internet unless the class names a domain", async () => {
        assert.equal(isolation.proxyUrl, undefined);
        assert.equal(recorded.ofType("kubernetes:apps/v1:Deployment").length, 0);
        const { isolation: open, recorded: more } = await isolate({ allowedDomains: ["api.github.com"] });
        assert.equal(open.proxyUrl, "http://proxy-analyst.openclaw-egress.svc.cluster.local:3128");
        assert.equal(more.ofType("kubernetes:apps/v1:Deployment").length, 1);
    });

    it("does not grow with agents", async () => {
        const { recorded: many } = await isolate({ agents: 5000 });
        const types = ({ resources }: Recorded) => resources.map(({ type, name }) => `${type} ${name}`).sort();
        assert.deepEqual(types(many), types(recorded));
    });
});

describe("PlatformIsolation", () => {
    let recorded: Recorded;
    let isolation: PlatformIsolation;
    before(async () => {
        const made: PlatformIsolation[] = [];
        recorded = await record(() => {
            made.push(new PlatformIsolation("isolation", { kubernetesVersion: "1.35", places, proxies: 2 }));
        });
        const [first] = made;
        assert.ok(first);
        isolation = first;
    });

    for (const [name, namespace, pods] of [
        ["isolation-telemetry", "openclaw-telemetry", "12"],
        ["isolation-egress", "openclaw-egress", "6"],
        ["isolation-data", "openclaw-data", "4"],
    ] as const) {
        it(`isolates ${namespace} like an agent's`, () => {
            assert.deepEqual(recorded.inputs(name, namespaceType)["metadata"], {
                name: namespace,
                labels: { "app.kubernetes.io/part-of": "openclaw", ...restricted },
                annotations: {},
            });
            assert.deepEqual(recorded.inputs(`${name}-default-deny`)["spec"], {
                podSelector: {},
                policyTypes: ["Ingress", "Egress"],
            });
            assert.deepEqual(recorded.inputs(`${name}-quota`)["spec"], {
                hard: {
                    pods,
                    persistentvolumeclaims: "0",
                    "services.loadbalancers": "0",
                    "services.nodeports": "0",
                },
            });
        });
    }

    it("opens the namespaces to their policies alone", async () => {
        const policies = recorded.ofType(ciliumNetworkPolicy).map(({ name }) => name);
        assert.deepEqual(policies.sort(), [
            "isolation-data-jobs",
            "isolation-telemetry-collector",
            "isolation-telemetry-jobs",
        ]);
        assert.equal(await value(isolation.telemetryNamespace), "openclaw-telemetry");
        assert.equal(await value(isolation.egressNamespace), "openclaw-egress");
        assert.equal(await value(isolation.dataNamespace), "openclaw-data");
    });
});
