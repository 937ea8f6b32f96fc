import { strict as assert } from "node:assert";
import { AdmissionGuardrails } from "../../../../components/compute/isolation/admission";
import { GUARDRAILS } from "../../../../components/compute/isolation/guardrails";
import { type Recorded, record, value } from "../../../support/record";

const policyType = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
const bindingType = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding";

/** Every expression of every policy, with where it stands. */
const expressions = GUARDRAILS.flatMap((policy) => [
    ...policy.only.map(({ name, expression }) => ({ where: `${policy.name}, only ${name}`, expression })),
    ...policy.variables.map(({ name, expression }) => ({ where: `${policy.name}, variable ${name}`, expression })),
    ...policy.rules.map(({ refuses, expression }) => ({ where: `${policy.name}, ${refuses}`, expression })),
]);

const rulesOf = (policy: string): string =>
    JSON.stringify(GUARDRAILS.find(({ name }) => name === policy)?.rules.map(({ expression }) => expression));

describe("AdmissionGuardrails", () => {
    let recorded: Recorded;
    before(async () => {
        const made: AdmissionGuardrails[] = [];
        recorded = await record(() => made.push(new AdmissionGuardrails("guardrails")));
        assert.equal(await value(made[0]?.ready), true);
    });

    it("enforces every policy, and refuses where a rule cannot be evaluated", () => {
        const policies = recorded.ofType(policyType);
        assert.deepEqual(
            policies.map(({ name }) => name).sort(),
            GUARDRAILS.map(({ name }) => `guardrails-${name}`).sort(),
        );
        for (const { name } of GUARDRAILS) {
            assert.deepEqual(recorded.inputs(`guardrails-${name}`, policyType)["metadata"], {
                name,
                labels: { "app.kubernetes.io/part-of": "openclaw" },
            });
        }
        for (const { name, inputs } of policies) {
            const spec = JSON.stringify(inputs["spec"]);
            assert.match(spec, /"failurePolicy":"Fail"/, name);
        }
        assert.equal(recorded.ofType(bindingType).length, GUARDRAILS.length);
    });

    it("denies and leaves a trace in the audit log, in agents' namespaces", () => {
        for (const { name } of GUARDRAILS.filter(({ everywhere }) => everywhere !== true)) {
            assert.deepEqual(recorded.inputs(`guardrails-${name}`, bindingType)["spec"], {
                policyName: name,
                validationActions: ["Deny", "Audit"],
                matchResources: { namespaceSelector: { matchLabels: { "openclaw/tier": "agents" } } },
            });
        }
    });

    it("watches namespaces everywhere, so that none leaves the rules by losing a label", () => {
        assert.deepEqual(
            GUARDRAILS.filter(({ everywhere }) => everywhere === true).map(({ name }) => name),
            ["openclaw-agent-namespaces"],
        );
        assert.deepEqual(recorded.inputs("guardrails-openclaw-agent-namespaces", bindingType)["spec"], {
            policyName: "openclaw-agent-namespaces",
            validationActions: ["Deny", "Audit"],
        });
    });

    it("sees whatever can make or change a pod, containers for debugging and new sizes included", () => {
        const seen = GUARDRAILS.flatMap(({ resources }) =>
            resources.flatMap(({ groups, resources: kinds, operations }) =>
                kinds.map((kind) => `${groups.join()}/${kind} ${operations.join()}`),
            ),
        );
        assert.deepEqual(seen, [
            "/pods CREATE,UPDATE",
            "/pods/ephemeralcontainers UPDATE",
            "/pods/resize UPDATE",
            "apps/statefulsets CREATE,UPDATE",
            "apps/deployments CREATE,UPDATE",
            "apps/daemonsets CREATE,UPDATE",
            "apps/replicasets CREATE,UPDATE",
            "batch/jobs CREATE,UPDATE",
            "/persistentvolumeclaims CREATE",
            "/services CREATE,UPDATE",
            "networking.k8s.io/ingresses CREATE,UPDATE",
            "/namespaces CREATE,UPDATE",
        ]);
    });

    it("never stands in the way of a deletion", () => {
        for (const { name, resources, only } of GUARDRAILS) {
            const operations = resources.flatMap((each) => each.operations);
            if (!operations.includes("UPDATE")) continue;
            assert.ok(
                only.some(({ expression }) => expression === "!has(object.metadata.deletionTimestamp)"),
                name,
            );
        }
    });

    it("holds templates to every rule of pods but those that only a pod can break", () => {
        const of = (policy: string) =>
            GUARDRAILS.find(({ name }) => name === policy)?.rules.map((rule) => rule.refuses);
        const pods = of("openclaw-agent-pods") ?? [];
        const templates = of("openclaw-agent-workloads") ?? [];
        assert.deepEqual(
            pods.filter((rule) => !templates.includes(rule)),
            ["An agent not named like one", "Containers added to a running pod"],
        );
        assert.deepEqual(
            templates.filter((rule) => !pods.includes(rule)),
            [],
        );
    });

    for (const [what, ...parts] of [
        [
            "requests and limits of all three resources",
            "'cpu' in c.resources.requests",
            "'ephemeral-storage' in c.resources.limits",
            "'memory' in c.resources.limits",
        ],
        ["memory that is not overcommitted", "quantity(string(c.resources.requests['memory'])).compareTo("],
        ["pinned images", "@sha256:[0-9a-f]{64}$", "!c.image.endsWith(':latest')"],
        ["init containers too", "variables.spec.initContainers.all(c, "],
        ["class labels", "'openclaw/class' in variables.labels", "== variables.agentClass"],
        [
            "both bandwidth limits, within the class's",
            "kubernetes.io/ingress-bandwidth",
            "kubernetes.io/egress-bandwidth",
            "quantity(variables.maxIngress)",
            "quantity(variables.maxEgress)",
        ],
        [
            "no host",
            "variables.spec.hostNetwork",
            "variables.spec.hostPID",
            "variables.spec.hostIPC",
            "has(v.hostPath)",
            "p.hostPort == 0",
        ],
        ["no token of the API", "!variables.spec.automountServiceAccountToken", "== 'pods.eks.amazonaws.com'"],
        [
            "one service account for agents",
            "variables.serviceAccount == 'agent'",
            "variables.serviceAccount != 'agent'",
        ],
    ] as const) {
        it(`asks pods and templates for ${what}`, () => {
            for (const policy of ["openclaw-agent-pods", "openclaw-agent-workloads"]) {
                for (const part of parts) assert.ok(rulesOf(policy).includes(part), `${policy}: ${part}`);
            }
        });
    }

    it("allows volumes by kind: none that is not listed", () => {
        const kinds = [...rulesOf("openclaw-agent-pods").matchAll(/has\(v\.(\w+)\)/g)].map(([, kind]) => kind);
        assert.deepEqual([...new Set(kinds)].sort(), [
            "configMap",
            "downwardAPI",
            "emptyDir",
            "hostPath", // negated
            "persistentVolumeClaim",
            "projected",
            "secret",
        ]);
    });

    it("writes expressions that are whole: brackets and quotes close, in one line", () => {
        for (const { where, expression } of expressions) {
            const bare = expression.replace(/'[^']*'/g, "''");
            assert.ok(!bare.replaceAll("''", "").includes("'"), `${where}: quotes`);
            for (const [open, close] of ["()", "[]", "{}"].map((pair) => [...pair])) {
                const count = (one: string | undefined) => bare.split(String(one)).length;
                assert.equal(count(open), count(close), `${where}: ${open}${close}`);
            }
            assert.doesNotMatch(expression, /undefined|\[object|\n|&& \)|\|\| \)|\$\{/, where);
        }
    });

    it("uses no variable before it is defined", () => {
        for (const { name, variables, rules } of GUARDRAILS) {
            const known = new Set<string>();
            const used = (expression: string) =>
                [...expression.matchAll(/variables\.(\w+)/g)].map(([, variable]) => String(variable));
            for (const variable of variables) {
                for (const each of used(variable.expression)) assert.ok(known.has(each), `${name}: ${each}`);
                known.add(variable.name);
            }
            for (const { expression } of rules) {
                for (const each of used(expression)) assert.ok(known.has(each), `${name}: ${each}`);
            }
        }
    });

    it("reads nothing that may be absent without asking first", () => {
        for (const { where, expression } of expressions) {
            for (const [, map, key] of expression.matchAll(/([\w.]+)\['([^']+)'\]/g)) {
                assert.ok(expression.includes(`'${key}' in ${map}`), `${where}: ${map}['${key}']`);
            }
        }
    });

    it("says what to do, in one sentence or two that end", () => {
        for (const { name, rules } of GUARDRAILS) {
            assert.ok(rules.length > 0, name);
            for (const { message } of rules) assert.match(message, /^[A-Z][^\n]{20,240}\.$/, message);
        }
    });
});
