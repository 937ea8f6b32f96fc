import { strict as assert } from "node:assert";
import { EgressProxy } from "../../../../components/compute/isolation/egress-proxy";
import { proxyConfig } from "../../../../components/compute/isolation/proxy-config";
import type { Value } from "../../../../plan/offline-engine";
import { type Recorded, record } from "../../../support/record";
import { at, ciliumNetworkPolicy, places } from "./support";

const deploymentType = "kubernetes:apps/v1:Deployment";

async function proxyTo(...allowedDomains: string[]): Promise<Recorded> {
    return record(
        () =>
            new EgressProxy("proxy", {
                className: "engineer",
                allowedDomains,
                places,
                namespace: "openclaw-egress",
            }),
    );
}

describe("EgressProxy", () => {
    let recorded: Recorded;
    before(async () => (recorded = await proxyTo("api.github.com", "*.pypi.org")));

    const labels = {
        "app.kubernetes.io/part-of": "openclaw",
        "app.kubernetes.io/name": "egress-proxy",
        "openclaw/proxy": "engineer",
    };

    it("runs twice, one in each zone, off the agents' nodes, and never both away", () => {
        assert.equal(inDeployment(recorded, "replicas"), 2);
        assert.deepEqual(inDeployment(recorded, "strategy"), {
            type: "RollingUpdate",
            rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
        });
        assert.deepEqual(inPod(recorded, "nodeSelector"), { "openclaw/pool": "system" });
        assert.deepEqual(inPod(recorded, "topologySpreadConstraints"), [
            {
                maxSkew: 1,
                topologyKey: "topology.kubernetes.io/zone",
                whenUnsatisfiable: "DoNotSchedule",
                nodeTaintsPolicy: "Honor",
                labelSelector: { matchLabels: { "openclaw/proxy": "engineer" } },
                matchLabelKeys: ["pod-template-hash"],
            },
        ]);
        assert.deepEqual(recorded.inputs("proxy-budget")["spec"], {
            maxUnavailable: 1,
            selector: { matchLabels: { "openclaw/proxy": "engineer" } },
        });
    });

    it("is restricted, without a token, a shell's user or a file system to write to", () => {
        assert.equal(inPod(recorded, "automountServiceAccountToken"), false);
        assert.deepEqual(inPod(recorded, "securityContext"), {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            seccompProfile: { type: "RuntimeDefault" },
        });
        assert.deepEqual(inPod(recorded, "containers", 0, "securityContext"), {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        });
        assert.deepEqual(inPod(recorded, "volumes"), [{ name: "config", configMap: { name: "proxy-engineer" } }]);
    });

    it("has limits, and an image by digest", () => {
        assert.deepEqual(inPod(recorded, "containers", 0, "resources"), {
            requests: { cpu: "50m", memory: "256Mi", "ephemeral-storage": "64Mi" },
            limits: { cpu: "1", memory: "256Mi", "ephemeral-storage": "64Mi" },
        });
        assert.match(
            String(inPod(recorded, "containers", 0, "image")),
            /^docker\.io\/envoyproxy\/envoy:distroless-v[\d.]+@sha256:[0-9a-f]{64}$/,
        );
    });

    it("is found by its class under one name, inside the cluster alone", () => {
        assert.deepEqual(recorded.inputs("proxy-service"), {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "proxy-engineer", namespace: "openclaw-egress", labels },
            spec: {
                selector: { "openclaw/proxy": "engineer" },
                ports: [{ name: "proxy", port: 3128, targetPort: 3128 }],
            },
        });
    });

    it("starts after its network is closed, and anew when its list changes", async () => {
        const { dependencies } = recorded.get("proxy-deployment", deploymentType);
        assert.ok(dependencies.includes(recorded.get("proxy-network", ciliumNetworkPolicy).urn));
        const annotations = (each: Recorded) => inDeployment(each, "template", "metadata", "annotations");
        assert.notDeepEqual(annotations(await proxyTo("api.github.com")), annotations(recorded));
        assert.deepEqual(annotations(await proxyTo("api.github.com", "*.pypi.org")), annotations(recorded));
    });

    it("is not made without a domain: it would lead nowhere, or everywhere", async () => {
        await assert.rejects(proxyTo(), /needs a domain/);
    });
});

describe("the proxy's configuration", () => {
    const config = proxyConfig(["api.github.com", "*.pypi.org"]);
    const [listener, ...others] = config.static_resources.listeners;
    const manager = listener?.filter_chains[0]?.filters[0]?.typed_config;
    assert.ok(manager);
    const [allowed, refused, ...rest] = manager.route_config.virtual_hosts;

    it("listens at one port, and has no admin interface", () => {
        assert.deepEqual(listener?.address, { socket_address: { address: "0.0.0.0", port_value: 3128 } });
        assert.equal(others.length, 0);
        assert.deepEqual(Object.keys(config), ["static_resources", "overload_manager"]);
    });

    it("leads to port 443 of the domains on the list, by CONNECT alone", () => {
        assert.deepEqual(allowed?.domains, ["api.github.com:443", "*.pypi.org:443"]);
        const leading = allowed.routes.filter((route) => "route" in route);
        assert.equal(leading.length, 1);
        assert.deepEqual(leading[0]?.match, { connect_matcher: {} });
    });

    it("refuses everything else, known domains by other methods included", () => {
        assert.equal(rest.length, 0);
        assert.deepEqual(refused?.domains, ["*"]);
        for (const route of [...(refused?.routes ?? []), ...(allowed?.routes.slice(1) ?? [])]) {
            assert.equal("direct_response" in route && route.direct_response.status, 403);
        }
        assert.deepEqual(
            refused?.routes.map(({ match }) => match),
            [{ connect_matcher: {} }, { prefix: "/" }],
        );
    });

    it("records every request on its standard output: who, what, how much, and whether it was let through", () => {
        const [log, ...more] = manager.access_log;
        assert.equal(more.length, 0);
        assert.equal(log?.name, "envoy.access_loggers.stdout");
        const fields = Object.keys(log.typed_config.log_format.json_format);
        for (const field of ["time", "client", "domain", "status", "sentBytes", "receivedBytes"]) {
            assert.ok(fields.includes(field), field);
        }
    });
});

function inDeployment(recorded: Recorded, ...path: (string | number)[]): Value | undefined {
    return at(recorded.inputs("proxy-deployment", deploymentType), "spec", ...path);
}

function inPod(recorded: Recorded, ...path: (string | number)[]): Value | undefined {
    return inDeployment(recorded, "template", "spec", ...path);
}
