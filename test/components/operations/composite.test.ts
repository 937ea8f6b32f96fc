import { strict as assert } from "node:assert";
import fc from "fast-check";
import { anyOf, partsForRules } from "../../../components/operations/alarms/composite";
import { brokerAlarms } from "../../../components/operations/alarms/brokers";
import type { Recorded } from "../../support/record";
import { COMPOSITE_ALARM, METRIC_ALARM, args, create } from "./support";

describe("partsForRules", () => {
    const names = fc.array(fc.string({ minLength: 1, maxLength: 255, unit: "grapheme-ascii" }), { maxLength: 400 });

    it("fits every part into a rule, and loses and reorders no alarm", () => {
        fc.assert(
            fc.property(names, (all) => {
                const parts = partsForRules(all);
                assert.deepEqual(parts.flat(), all);
                for (const part of parts) {
                    assert.ok(part.length > 0 && part.length <= 100);
                    assert.ok(anyOf(part).length <= 10_240);
                }
            }),
        );
    });

    it("needs one rule for a hundred alarms, and a second for the next", () => {
        const hundred = Array.from({ length: 100 }, (_, index) => `alarm-${index}`);
        assert.equal(partsForRules(hundred).length, 1);
        assert.equal(partsForRules([...hundred, "one more"]).length, 2);
        assert.deepEqual(partsForRules([]), []);
    });
});

describe("Composite alarms", () => {
    let recorded: Recorded;
    before(async () => {
        ({ recorded } = await create());
    });

    it("call for the one that is broken, of the promises that can break", () => {
        const { alarmRule, alarmActions, okActions, alarmName } = recorded.inputs("operations-broken-promise");
        const topic = [recorded.get("operations-topic").outputs["arn"]];
        assert.equal(alarmName, "openclaw-test-broken-promise");
        assert.equal(
            alarmRule,
            [
                "promise-1-isolation",
                "promise-2-growth",
                "promise-3-messages",
                "promise-4-durability",
                "promise-5-decision-logs",
                "promise-6-resilience",
                "promise-7-watch",
            ]
                .map((name) => `ALARM("openclaw-test-${name}")`)
                .join(" OR "),
        );
        assert.deepEqual([alarmActions, okActions], [topic, topic]);
    });

    it("gather what breaks the order and delivery of messages", () => {
        const { alarmRule } = recorded.inputs("operations-promise-3");
        assert.deepEqual(
            [...String(alarmRule).matchAll(/ALARM\("openclaw-test-([^"]+)"\)/g)].map((match) => match[1]),
            [
                "brokers-controller",
                "brokers-offline-partitions",
                "brokers-under-min-isr-1",
                "brokers-under-min-isr-2",
                "brokers-under-min-isr-3",
                "brokers-under-min-isr-4",
                "bridge-latency",
                "bridge-outbox",
            ],
        );
    });

    it("name only alarms that exist, and are made after them", () => {
        const made = new Map(
            recorded.resources
                .filter(({ type }) => type === METRIC_ALARM || type === COMPOSITE_ALARM)
                .map(({ inputs, urn }) => [String(inputs["name"] ?? inputs["alarmName"]), urn]),
        );
        for (const composite of recorded.ofType(COMPOSITE_ALARM)) {
            for (const [, member = ""] of String(composite.inputs["alarmRule"]).matchAll(/ALARM\("([^"]+)"\)/g)) {
                const urn = made.get(member);
                assert.ok(urn, `${composite.name} names ${member}, which does not exist`);
                assert.ok(composite.dependencies.includes(urn), `${composite.name} may be made before ${member}`);
            }
        }
    });

    it("stay within CloudWatch's limits with as many brokers as MSK allows", () => {
        const definitions = brokerAlarms({ ...args.brokers, brokerCount: 60 });
        const names = definitions.filter(({ critical }) => critical).map(({ slug }) => `${"p".repeat(40)}-${slug}`);
        assert.ok(names.length > 60);
        assert.equal(partsForRules(names).length, 1);
    });
});
