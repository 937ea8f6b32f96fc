import { strict as assert } from "node:assert";
import type { AgentClassFleetArgs } from "../../../../components/compute/agents/agent-class";
import type { Image } from "../../../../components/compute/images";
import type { Recorded } from "../../../support/record";
import { analyst, args, containersOf, environment, fleets, metadataOf, templateOf, types } from "./support";

const labels = {
    "app.kubernetes.io/name": "openclaw-agent",
    "app.kubernetes.io/part-of": "openclaw",
    "openclaw/tier": "agents",
    "openclaw/class": "analyst",
};
const selector = { "openclaw/tier": "agents", "openclaw/class": "analyst" };

const reviewer: AgentClassFleetArgs = { ...args, spec: { ...analyst, name: "reviewer", agents: 30 } };
const changed = (spec: Partial<typeof analyst>): AgentClassFleetArgs => ({ ...args, spec: { ...analyst, ...spec } });

/** Type and name of everything that reaches the cluster. */
const objects = (recorded: Recorded): string[] =>
    recorded.resources
        .filter(({ custom }) => custom)
        .map(({ type, name }) => `${type.replace("kubernetes:", "")} ${name}`)
        .sort();

const filesOf = (recorded: Recorded) => {
    const [files] = recorded.ofType(types.configMap).filter(({ name }) => name.startsWith("agents-analyst-files-"));
    assert.ok(files);
    return { ...files, metadata: metadataOf(files.inputs) };
};

const jobName = (recorded: Recorded): string => metadataOf(recorded.inputs("agents-analyst-rollout", types.job)).name;

describe("AgentClassFleet", () => {
    let recorded: Recorded;
    before(async () => (recorded = await fleets(args)));

    it("is one StatefulSet with what it needs, and two jobs with what they need", () => {
        const { name: files } = filesOf(recorded);
        assert.deepEqual(
            objects(recorded),
            [
                "core/v1:ServiceAccount agents-analyst",
                `core/v1:ConfigMap ${files}`,
                "core/v1:Service agents-analyst",
                "policy/v1:PodDisruptionBudget agents-analyst",
                "apps/v1:StatefulSet agents-analyst",
                ...["mint-key", "rollout"].flatMap((job) =>
                    [
                        "core/v1:ServiceAccount",
                        "rbac.authorization.k8s.io/v1:Role",
                        "rbac.authorization.k8s.io/v1:RoleBinding",
                        "core/v1:ConfigMap",
                        "batch/v1:Job",
                    ].map((type) => `${type} agents-analyst-${job}`),
                ),
            ].sort(),
        );
    });

    it("has the same resources for one agent and for a thousand", async () => {
        const one = await fleets(changed({ agents: 1 }));
        const thousand = await fleets(changed({ agents: 1000 }));
        assert.deepEqual(objects(one), objects(recorded));
        assert.deepEqual(objects(thousand), objects(recorded));
        // Not even in size: a list of agents somewhere would make the plan grow.
        const size = ({ resources }: Recorded): number => JSON.stringify(resources.map(({ inputs }) => inputs)).length;
        assert.ok(Math.abs(size(thousand) - size(one)) < 20);
    });

    it("scales by one number, and by the budget that follows from it", async () => {
        const larger = await fleets(changed({ agents: 200 }));
        const differing = larger.resources
            .filter(({ type, name, inputs }) => JSON.stringify(inputs) !== JSON.stringify(recorded.inputs(name, type)))
            .map(({ type, name }) => `${type} ${name}`);
        assert.deepEqual(
            differing.sort(),
            [
                // Runs anew, so that an update is done when all agents are there.
                `${types.statefulSet} agents-analyst`,
                `${types.job} agents-analyst-rollout`,
                `${types.budget} agents-analyst`,
            ].sort(),
        );
        assert.deepEqual(templateOf(larger, "analyst"), templateOf(recorded, "analyst"));
    });

    it("starts hundreds at once, lets the roll-out decide who goes when, and keeps all volumes", () => {
        const { spec } = recorded.inputs("agents-analyst", types.statefulSet);
        assert.ok(typeof spec === "object" && spec !== null && !Array.isArray(spec));
        const { template, ...rest } = spec;
        assert.ok(template);
        assert.deepEqual(rest, {
            replicas: 120,
            serviceName: "analyst",
            selector: { matchLabels: selector },
            podManagementPolicy: "Parallel",
            updateStrategy: { type: "OnDelete" },
            persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
            volumeClaimTemplates: [
                {
                    metadata: { name: "state", labels },
                    spec: {
                        accessModes: ["ReadWriteOncePod"],
                        storageClassName: "openclaw-state",
                        resources: { requests: { storage: "10Gi" } },
                    },
                },
            ],
        });
    });

    it("is updated without waiting for broken agents, replaced without ending an agent, and not left as someone scaled it", () => {
        assert.deepEqual(metadataOf(recorded.inputs("agents-analyst", types.statefulSet)), {
            name: "analyst",
            namespace: "agents-analyst",
            labels,
            annotations: {
                "pulumi.com/waitFor": "jsonpath={.status.observedGeneration}",
                "pulumi.com/deletionPropagationPolicy": "orphan",
                "pulumi.com/patchForce": "true",
            },
        });
    });

    it("lets a tenth of the class be away, and those that do not run anyway", async () => {
        const budget = (of: Recorded): unknown => of.inputs("agents-analyst", types.budget)["spec"];
        assert.deepEqual(budget(recorded), {
            selector: { matchLabels: selector },
            maxUnavailable: 12,
            unhealthyPodEvictionPolicy: "AlwaysAllow",
        });
        assert.deepEqual(budget(await fleets(changed({ agents: 4 }))), {
            selector: { matchLabels: selector },
            maxUnavailable: 1,
            unhealthyPodEvictionPolicy: "AlwaysAllow",
        });
    });

    it("gives each agent a name in DNS and nothing to reach it by from outside", () => {
        const { spec, metadata } = recorded.inputs("agents-analyst", types.service);
        assert.deepEqual(spec, {
            clusterIP: "None",
            selector,
            ports: [{ name: "gateway", port: 18789, targetPort: "gateway", protocol: "TCP" }],
        });
        assert.deepEqual(metadata, {
            name: "analyst",
            namespace: "agents-analyst",
            labels,
            annotations: { "pulumi.com/skipAwait": "true" },
        });
    });

    it("makes what agents need before them, and rolls after them", () => {
        const urn = (name: string, type: string): string => recorded.get(name, type).urn;
        const agents = recorded.get("agents-analyst", types.statefulSet);
        for (const needed of [
            urn("agents-analyst", types.serviceAccount),
            urn("agents-analyst-mint-key", types.job),
            urn("agents-analyst", types.service),
            urn("agents-analyst", types.budget),
            filesOf(recorded).urn,
        ]) {
            assert.ok(agents.dependencies.includes(needed), needed);
        }
        const rollout = recorded.get("agents-analyst-rollout", types.job).dependencies;
        assert.ok(rollout.includes(agents.urn));
        for (const job of ["mint-key", "rollout"]) {
            const { dependencies } = recorded.get(`agents-analyst-${job}`, types.job);
            assert.ok(dependencies.includes(urn(`agents-analyst-${job}`, types.roleBinding)));
            assert.ok(dependencies.includes(urn(`agents-analyst-${job}`, types.configMap)));
        }
    });
});

describe("A change of a class", () => {
    const other = (image: Image): Image => ({ ...image, digest: `sha256:${"cd".repeat(32)}` });
    let initial: Recorded;
    before(async () => (initial = await fleets(args)));

    const cases: Record<string, AgentClassFleetArgs> = {
        "another image": { ...args, images: { ...args.images, openclaw: other(args.images.openclaw) } },
        "another bridge": { ...args, images: { ...args.images, bridge: other(args.images.bridge) } },
        "another model": changed({ model: "us.amazon.nova-pro-v1:0" }),
        "more memory": changed({ memory: "4Gi" }),
        "less bandwidth": changed({ bandwidth: { ingress: "50M", egress: "10M" } }),
        "another bucket": { ...args, environment: { ...environment, stateBucket: "another" } },
    };
    for (const [change, after] of Object.entries(cases)) {
        it(`rolls the class: ${change}`, async () => {
            const recorded = await fleets(after);
            assert.notDeepEqual(templateOf(recorded, "analyst"), templateOf(initial, "analyst"));
            assert.notEqual(jobName(recorded), jobName(initial));
            assert.match(jobName(recorded), /^rollout-[0-9a-f]{10}$/);
        });
    }

    it("of the volumes' size runs the roll-out, and moves no agent", async () => {
        const recorded = await fleets(changed({ stateSize: "20Gi" }));
        assert.notEqual(jobName(recorded), jobName(initial));
        assert.deepEqual(templateOf(recorded, "analyst"), templateOf(initial, "analyst"));
    });

    it("of configuration is another ConfigMap, while the one in use stays until all have moved", async () => {
        const after = filesOf(await fleets(changed({ model: "us.amazon.nova-pro-v1:0" })));
        const files = filesOf(initial);
        assert.notEqual(after.name, files.name, "the same resource would be replaced before the roll-out");
        assert.notEqual(after.metadata.name, files.metadata.name);
        assert.equal(files.inputs["immutable"], true);
        assert.ok(JSON.stringify(templateOf(initial, "analyst").spec.volumes).includes(files.metadata.name));
    });

    it("does not touch files for what AWS decides", async () => {
        const elsewhere = { ...environment, stateBucket: "another", s3EndpointUrl: "https://another.example.com" };
        assert.equal(filesOf(await fleets({ ...args, environment: elsewhere })).name, filesOf(initial).name);
    });

    it("that changes nothing rolls nothing", async () => {
        const again = await fleets(args);
        assert.equal(jobName(again), jobName(initial));
        assert.deepEqual(templateOf(again, "analyst"), templateOf(initial, "analyst"));
    });

    it("never is a third zone: no zone is named anywhere", () => {
        const text = JSON.stringify(initial.resources.map(({ inputs }) => inputs));
        assert.doesNotMatch(text, /us-east-1[a-f]\b/);
        assert.doesNotMatch(text, /minDomains|allowedTopologies/);
    });
});

describe("Classes of agents", () => {
    let recorded: Recorded;
    before(async () => (recorded = await fleets(args, reviewer)));

    it("share no namespace: each object of a class is in its own", () => {
        for (const { name, type, inputs, custom } of recorded.resources) {
            if (!custom) continue;
            const className = name.split("-")[1] ?? "";
            assert.equal(metadataOf(inputs).namespace, `agents-${className}`, `${type} ${name}`);
        }
    });

    it("know nothing of one another: no volume, secret, key or right in common", () => {
        const text = (className: string): string =>
            JSON.stringify(recorded.resources.filter(({ name }) => name.startsWith(`agents-${className}`)));
        assert.doesNotMatch(text("analyst"), /reviewer/);
        assert.doesNotMatch(text("reviewer"), /analyst/);
    });

    it("give every agent one volume of its own, that only one pod may mount", () => {
        const sets = recorded.ofType(types.statefulSet);
        assert.equal(sets.length, 2);
        for (const { inputs } of sets) {
            const text = JSON.stringify(inputs);
            assert.deepEqual(text.match(/"accessModes":\[[^\]]*\]/g), ['"accessModes":["ReadWriteOncePod"]']);
            assert.doesNotMatch(text, /"(nfs|hostPath|persistentVolumeClaim|efs|csi)":/);
        }
        const kinds = new Set(recorded.resources.map(({ type }) => type));
        assert.ok(
            !kinds.has("kubernetes:core/v1:PersistentVolumeClaim"),
            "a claim beside the template would be shared",
        );
    });

    it("hold no secret in the program: the key is made in the cluster", () => {
        assert.deepEqual(recorded.ofType("kubernetes:core/v1:Secret"), []);
        for (const { secrets, name } of recorded.resources) assert.deepEqual(secrets, [], name);
        for (const className of ["analyst", "reviewer"]) {
            for (const { name, env } of containersOf(templateOf(recorded, className))) {
                for (const variable of env) {
                    // A path to where a secret is may be named; its value may not.
                    const secret = /(TOKEN|SECRET|PASSWORD|API_?KEY|CREDENTIALS?)$/i.test(variable.name);
                    assert.ok(!secret, `${name} has ${variable.name}`);
                }
            }
        }
    });

    it("mount no token of the Kubernetes API but in their jobs, each with the rights of its one task", () => {
        for (const { name, inputs } of recorded.ofType(types.serviceAccount)) {
            assert.equal(inputs["automountServiceAccountToken"], false, name);
        }
        const rights = recorded.ofType(types.role).map(({ name, inputs }) => {
            const { rules } = inputs;
            assert.ok(Array.isArray(rules));
            return [name, rules.map((rule) => JSON.stringify(rule)).join(" ")] as const;
        });
        for (const [name, rules] of rights) {
            assert.doesNotMatch(rules, /\*/, name);
            // Claims can be made larger and nothing else about their volumes can be changed.
            const others = rules.replace('"resources":["persistentvolumeclaims"],"verbs":["list","patch"]', "");
            assert.doesNotMatch(
                others,
                /"(update|patch|delete|deletecollection|escalate|bind|impersonate|watch)"/,
                name,
            );
        }
        const of = (job: string): string => rights.find(([name]) => name === `agents-analyst-${job}`)?.[1] ?? "";
        assert.equal(of("mint-key"), '{"apiGroups":[""],"resources":["secrets"],"verbs":["create"]}');
        assert.doesNotMatch(of("rollout"), /secrets/);
        const agents = recorded.ofType(types.roleBinding).flatMap(({ inputs }) => inputs["subjects"] ?? []);
        assert.doesNotMatch(JSON.stringify(agents), /"name":"agent"/);
    });
});
