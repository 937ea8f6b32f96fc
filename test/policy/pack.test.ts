import { strict as assert } from "node:assert";
import { join } from "node:path";
import type { PlannedResource } from "../../plan/offline-engine";
import { type Configuration, configure } from "../../policy/engine/configuration";
import { evaluateRules, type Finding, type Outcome } from "../../policy/engine/evaluate";
import { planned } from "../../policy/engine/planned";
import { Stack } from "../../policy/engine/resource";
import { UNKNOWN } from "../../policy/engine/value";
import { RULES } from "../../policy/rules";
import { graphOf } from "../support/stacks";
import { configurationOf } from "./support/prove";
import { type Diagnostic, RunningPack } from "./support/running-pack";

/*
 * The pack as Pulumi's engine runs it, in its own process and over its protocol, says the same as the evaluation in this
 * process: whichever rules there are.
 */

const today = new Date().toISOString().slice(0, 10);
/** Two seconds each where the machine does nothing else. */
const PATIENCE = 60_000;
const UNDECIDED = "cannot decide";
const PREVIEW = /^can't run policy '[\w-]+' from policy pack 'openclaw@v[\d.]+' during preview: /;

describe("policy: the pack under Pulumi's protocol", () => {
    let pack: RunningPack;
    let prod: readonly PlannedResource[];
    before(async () => {
        [pack, prod] = await Promise.all([
            RunningPack.start(join(__dirname, "..", "..", "policy")),
            graphOf("prod").then(({ resources }) => resources),
        ]);
    });
    after(() => pack.stop());

    /** What the pack says, and what it must say: a line for each violation and for each rule that cannot decide. */
    async function both(resources: readonly PlannedResource[], configuration: Configuration) {
        const rules = configure(RULES, configuration);
        await pack.configure(rules, (rule) => settingsIn(configuration, rule));
        const single = await Promise.all(
            resources.map(async (each) => (await pack.analyze(each)).map((said) => ({ ...said, urn: each.urn }))),
        );
        const said = [...single.flat(), ...(await pack.analyzeStack(resources))];
        const outcomes = evaluateRules(rules, new Stack(resources.map(planned)), today);
        return { said: said.map(lineOf).sort(), expected: outcomes.flatMap(linesOf).sort() };
    }

    it("introduces itself with every rule and its settings, in a schema that stands alone", async () => {
        const info = await pack.info();
        assert.equal(info.getName(), "openclaw");
        assert.deepEqual(
            info.getPoliciesList().map((policy) => policy.getName()),
            RULES.map(({ name }) => name),
        );
        for (const policy of info.getPoliciesList()) {
            const schema = JSON.stringify(policy.getConfigschema()?.getProperties()?.toJavaScript());
            // The engine passes the properties on alone: a reference would lead nowhere.
            assert.ok(!schema.includes("$ref"), `${policy.getName()}: ${schema}`);
            assert.ok(schema.includes("exceptions"));
        }
    });

    it("finds in a committed stack what the offline evaluation finds", async () => {
        const { resources } = await graphOf("staging");
        const { said, expected } = await both(resources, configurationOf("staging"));
        assert.deepEqual(said, expected);
    }).timeout(PATIENCE);

    it("finds the same where values are missing and where they are unknown, and passes none in silence", async () => {
        const { said, expected } = await both(prod.map(damaged), configurationOf("prod"));
        assert.ok(expected.some((line) => line.endsWith(UNDECIDED)));
        assert.ok(expected.some((line) => !line.endsWith(UNDECIDED)));
        assert.deepEqual(said, expected);
    }).timeout(PATIENCE);

    describe("configured", () => {
        const RULE = "log-group-retention";
        let short: PlannedResource;
        before(() => {
            const [log] = prod.filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
            assert.ok(log);
            short = { ...log, inputs: { ...log.inputs, retentionInDays: 90 } };
        });
        const said = async (configuration: Configuration) => {
            await pack.configure(configure(RULES, configuration), (rule) => settingsIn(configuration, rule));
            return (await pack.analyze(short)).filter(({ rule }) => rule === RULE);
        };
        const until = (date: string) => ({
            exceptions: [{ resource: short.name, reason: "moved in the next quarter", until: date }],
        });

        it("holds to the settings and levels of the configuration", async () => {
            const [violation] = await said({});
            assert.equal(violation?.mandatory, true);
            assert.match(violation?.message ?? "", /keeps events 90 days, 365 are required\. Set retentionInDays/);
            assert.deepEqual(await said({ [RULE]: { minimumDays: 90 } }), []);
            assert.equal((await said({ [RULE]: "advisory" }))[0]?.mandatory, false);
            assert.deepEqual(await said({ [RULE]: "disabled" }), []);
            assert.deepEqual(await said({ all: "disabled" }), []);
        });

        it("accepts a violation until its exception ends, and not a day longer", async () => {
            assert.deepEqual(await said({ [RULE]: until("2999-12-31") }), []);
            const ended = await said({ [RULE]: until("2020-02-29") });
            assert.ok(ended.some(({ message }) => message.includes("keeps events 90 days")));
            assert.ok(ended.some(({ message }) => message.includes("ended on 2020-02-29")));
        });

        it("mends a resource only where the configuration says remediate", async () => {
            await said({});
            assert.deepEqual(await pack.remediate(short), {});
            await said({ [RULE]: "remediate" });
            assert.deepEqual(await pack.remediate(short), { [RULE]: { ...short.inputs, retentionInDays: 365 } });
        });
    });
});

function settingsIn(configuration: Configuration, rule: string): object {
    const entry = configuration[rule];
    if (typeof entry !== "object" || entry === null) return {};
    return Object.fromEntries(Object.entries(entry).filter(([key]) => key !== "enforcementLevel"));
}

function lineOf({ rule, urn, message, mandatory }: Diagnostic): string {
    if (!PREVIEW.test(message)) return `${rule} ${urn}: ${orderless(message)}`;
    assert.equal(mandatory, false, `${rule} cannot decide, and yet refuses`);
    return `${rule} ${urn}: ${UNDECIDED}`;
}

/** The engine's library puts the rule's description before each violation. */
function linesOf({ rule, violations, undecided }: Outcome): string[] {
    // A rule over the whole says once that it cannot decide; one over single resources says it for each.
    const where = ({ resource }: Finding) => (rule.kind === "stack" ? "" : (resource?.urn ?? ""));
    return [
        ...violations.map(
            ({ resource, message }) =>
                `${rule.name} ${resource?.urn ?? ""}: ${orderless(`${rule.description}\n${message}. ${rule.remediation}`)}`,
        ),
        ...[...new Set(undecided.map(where))].map((urn) => `${rule.name} ${urn}: ${UNDECIDED}`),
    ];
}

/** A message that goes through a setting's keys tells them in another order: they lose theirs on the wire. */
function orderless(message: string): string {
    return message
        .split(/[\s,.:;]+/)
        .sort()
        .join(" ");
}

/** A third of the inputs are missing, a third are not known yet. */
function damaged(resource: PlannedResource, position: number): PlannedResource {
    const keys = Object.keys(resource.inputs);
    const inputs = keys.flatMap((key, index) => {
        const kind = (position + index) % 3;
        return kind === 0 ? [] : [[key, kind === 1 ? UNKNOWN : resource.inputs[key]]];
    });
    const computed = Object.entries(resource.outputs).filter(([key]) => !keys.includes(key));
    return { ...resource, inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(computed) };
}
