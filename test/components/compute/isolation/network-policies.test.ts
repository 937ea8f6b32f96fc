import { strict as assert } from "node:assert";
import { contains, overlaps } from "../../../../components/model/addresses";
import { FLOWS, NOT_THE_INTERNET } from "../../../../components/compute/isolation/flows";
import {
    type CiliumPolicy,
    classPolicies,
    databaseJobsPolicy,
    proxyPolicy,
    telemetryPolicies,
} from "../../../../components/compute/isolation/network-policies";
import { analyst, places } from "./support";

const domains = { name: "analyst", allowedDomains: ["api.github.com"] };
const everyPolicy = [
    ...classPolicies(analyst, places),
    ...classPolicies(domains, places),
    ...telemetryPolicies(places),
    proxyPolicy("analyst", places),
    databaseJobsPolicy(places),
];

/** What a policy opens, a line each: direction, whom, ports. */
function openings({ spec }: CiliumPolicy): string[] {
    const lines = (direction: "ingress" | "egress") =>
        spec[direction].flatMap((rule) => {
            const { toPorts, ...peers } = rule;
            return Object.entries(peers).map(
                ([field, value]) => `${direction} ${field} ${JSON.stringify(value)} ${JSON.stringify(toPorts)}`,
            );
        });
    return [...lines("ingress"), ...lines("egress")];
}

const to = (direction: string, field: string, value: unknown, ...ports: [string, string][]) =>
    `${direction} ${field} ${JSON.stringify(value)} ${JSON.stringify([
        { ports: ports.map(([port, protocol]) => ({ port, protocol })) },
    ])}`;

const DNS = to(
    "egress",
    "toEndpoints",
    [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" } }],
    ["53", "UDP"],
    ["53", "TCP"],
);
const ENDPOINTS = to("egress", "toCIDRSet", [{ cidr: "10.64.44.0/22" }, { cidr: "10.64.108.0/22" }], ["443", "TCP"]);
const POD_IDENTITY = to("egress", "toEntities", ["host"], ["80", "TCP"]);
const AGENT = [
    to("ingress", "fromEntities", ["host"], ["18789", "TCP"], ["18791", "TCP"]),
    DNS,
    to("egress", "toCIDRSet", [{ cidr: "10.64.36.0/22" }, { cidr: "10.64.100.0/22" }], ["9098", "TCP"]),
    to("egress", "toCIDRSet", [{ cidr: "10.64.40.0/22" }, { cidr: "10.64.104.0/22" }], ["5432", "TCP"]),
    ENDPOINTS,
    POD_IDENTITY,
    to(
        "egress",
        "toEndpoints",
        [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "openclaw-telemetry" } }],
        ["4318", "TCP"],
    ),
];

describe("network policies", () => {
    it("open to an agent without domains exactly DNS, brokers, database, AWS, credentials, collector and probes", () => {
        const [agents] = classPolicies(analyst, places);
        assert.ok(agents);
        assert.deepEqual(openings(agents), AGENT);
    });

    it("open to an agent with domains its own class's proxy besides, and nothing else", () => {
        const [agents] = classPolicies(domains, places);
        assert.ok(agents);
        const proxy = { "k8s:io.kubernetes.pod.namespace": "openclaw-egress", "openclaw/proxy": "analyst" };
        assert.deepEqual(openings(agents), [
            ...AGENT,
            to("egress", "toEndpoints", [{ matchLabels: proxy }], ["3128", "TCP"]),
        ]);
    });

    it("open to a job the Kubernetes API alone", () => {
        for (const [, jobs] of [classPolicies(domains, places), telemetryPolicies(places)]) {
            assert.ok(jobs);
            assert.deepEqual(openings(jobs), [to("egress", "toEntities", ["kube-apiserver"], ["443", "TCP"])]);
            assert.deepEqual(jobs.spec.ingress, [{}], "closed from outside");
        }
    });

    it("make of each pod an agent or a job: no pod is selected by both", () => {
        const [agents, jobs] = classPolicies(analyst, places);
        assert.deepEqual(agents?.spec.endpointSelector, {
            matchLabels: { "openclaw/class": "analyst" },
            matchExpressions: [{ key: "openclaw/job", operator: "DoesNotExist" }],
        });
        assert.deepEqual(jobs?.spec.endpointSelector, {
            matchExpressions: [{ key: "openclaw/job", operator: "Exists" }],
        });
        for (const policy of [agents, jobs]) assert.equal(policy?.namespace, "agents-analyst");
    });

    it("open the collector to agents of every class, and to it AWS", () => {
        const [collector] = telemetryPolicies(places);
        assert.ok(collector);
        assert.deepEqual(openings(collector), [
            to(
                "ingress",
                "fromEndpoints",
                [
                    {
                        matchLabels: {
                            "k8s:io.cilium.k8s.namespace.labels.openclaw/tier": "agents",
                            "openclaw/tier": "agents",
                        },
                    },
                ],
                ["4318", "TCP"],
            ),
            to("ingress", "fromEntities", ["host"], ["13133", "TCP"]),
            DNS,
            ENDPOINTS,
            POD_IDENTITY,
        ]);
    });

    it("open a proxy to its own class, and to it the internet by TLS", () => {
        const policy = proxyPolicy("analyst", places);
        assert.deepEqual(policy.spec.endpointSelector, { matchLabels: { "openclaw/proxy": "analyst" } });
        assert.deepEqual(openings(policy), [
            to(
                "ingress",
                "fromEndpoints",
                [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "agents-analyst", "openclaw/class": "analyst" } }],
                ["3128", "TCP"],
            ),
            to("ingress", "fromEntities", ["host"], ["3128", "TCP"]),
            DNS,
            to("egress", "toCIDRSet", [{ cidr: "0.0.0.0/0", except: [...NOT_THE_INTERNET] }], ["443", "TCP"]),
        ]);
    });

    it("open to the jobs of the database nothing but DNS, database, AWS and credentials, and close them from outside", () => {
        const { namespace, spec } = databaseJobsPolicy(places);
        assert.equal(namespace, "openclaw-data");
        assert.deepEqual(openings({ ...databaseJobsPolicy(places), spec: { ...spec, ingress: [] } }), [
            DNS,
            to("egress", "toCIDRSet", [{ cidr: "10.64.40.0/22" }, { cidr: "10.64.104.0/22" }], ["5432", "TCP"]),
            ENDPOINTS,
            POD_IDENTITY,
        ]);
        assert.deepEqual(spec.ingress, [{}], "closed from outside");
        assert.deepEqual(spec.endpointSelector, {}, "whatever runs there");
    });

    it("do not take any private address for the internet, whatever a name resolves to", () => {
        for (const inside of [
            ...["10.64.0.0/16", "172.20.0.0/16", "192.168.7.0/24", "100.64.0.0/10"],
            ...["169.254.169.254/32", "169.254.170.23/32", "127.0.0.1/32"],
        ]) {
            assert.ok(
                NOT_THE_INTERNET.some((range) => contains(range, inside)),
                inside,
            );
        }
        for (const outside of ["140.82.112.3/32", "8.8.8.8/32", "52.216.0.0/15"]) {
            assert.ok(!NOT_THE_INTERNET.some((range) => overlaps(range, outside)), outside);
        }
    });

    it("name no domain and no path, which would lift bandwidth limits", () => {
        for (const policy of everyPolicy) {
            const text = JSON.stringify(policy.spec);
            for (const word of ["toFQDNs", "rules", "l7", "http", "kafka", "dns:", "serverNames", "toServices"]) {
                assert.ok(!text.includes(`"${word}"`), `${policy.name}: ${word}`);
            }
        }
    });

    it("let nothing pass without a port, nor to everybody", () => {
        for (const { name, spec } of everyPolicy) {
            for (const rule of [...spec.ingress, ...spec.egress]) {
                const keys = Object.keys(rule);
                if (keys.length === 0) continue; // closed
                assert.equal(keys.length, 2, `${name}: one peer and its ports`);
                assert.ok(keys.includes("toPorts"), name);
                assert.doesNotMatch(JSON.stringify(rule), /"(world|all|cluster|init|unmanaged|remote-node)"/, name);
                assert.doesNotMatch(JSON.stringify(rule), /matchLabels":\{\}|\[\]/, name);
            }
        }
    });

    it("do not open an address that is not known", () => {
        assert.throws(() => classPolicies(analyst, { ...places, brokers: [] }), /no addresses of brokers/);
    });

    it("come from a table in which each opening has its reason", () => {
        for (const flow of Object.values(FLOWS).flat()) assert.ok(flow.why.length > 4 && flow.ports.length > 0);
    });
});
