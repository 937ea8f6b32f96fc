import { strict as assert } from "node:assert";
import fc from "fast-check";
import type { Inventory } from "../../../plan/resilience/inventory";
import { effectOf, failuresOf, inventory } from "./support";
import { dice, type Kafka, type KafkaLoss, loseBrokers } from "./simulation";

/*
 * The verdict on messages against brokers that are really lost, on configurations that hold and on those that break. They
 * have to agree exactly: a broker or a zone stops messages, lets some vanish, or may take acknowledged ones with it, in the
 * simulation's placements if and only if the analysis says so. Enough partitions and throws are played for chance to show
 * each thing that can happen.
 */

const kafkas = fc
    .record({
        zones: fc.integer({ min: 1, max: 4 }),
        brokersPerZone: fc.integer({ min: 1, max: 3 }),
        factor: fc.integer({ min: 1, max: 12 }),
        minInSync: fc.integer({ min: 1, max: 5 }),
        unclean: fc.boolean(),
        seed: fc.integer(),
    })
    .map(({ zones, factor, brokersPerZone, ...rest }) => ({
        ...rest,
        brokersPerZone,
        zones: ["a", "b", "c", "d"].slice(0, zones).map((letter) => `us-east-1${letter}`),
        factor: ((factor - 1) % (zones * brokersPerZone)) + 1,
    }));

function withKafka(sound: Inventory, { zones, brokersPerZone, factor, minInSync, unclean }: Kafka): Inventory {
    const topic = { name: "decisions", partitions: 80, factor, minInSync, unclean, internal: false };
    return {
        ...sound,
        brokers: { name: "brokers", count: zones.length * brokersPerZone, zones, topics: [topic] },
    };
}

describe("loss of brokers against a simulation of their copies", () => {
    let sound: Inventory;
    before(async () => {
        const prod = await inventory("prod");
        // No agents stand in the way: what is compared is what becomes of messages in the brokers.
        sound = { ...prod, systemGroups: [], network: { ...prod.network, zones: [] } };
    });

    it("agrees on stopped, vanished and endangered messages, whatever the configuration", () => {
        const seen = new Set<string>();
        fc.assert(
            fc.property(kafkas, (kafka) => {
                const failures = failuresOf(withKafka(sound, kafka));
                const throws = dice(kafka.seed);
                const brokers = kafka.zones.length * kafka.brokersPerZone;
                for (let broker = 1; broker <= brokers; broker++) {
                    const happens = loseBrokers(kafka, (each) => each === broker, throws);
                    const effect = effectOf(failures, "broker", 3, String(broker));
                    agree(effect, happens, `broker ${broker} of ${JSON.stringify(kafka)}`);
                    seen.add(`broker ${effect.verdict} ${String(effect.lossSeconds !== undefined)}`);
                }
                for (const zone of kafka.zones) {
                    const happens = loseBrokers(kafka, (_, at) => at === zone, throws);
                    const failure = failures.find(({ kind, name }) => kind === "zone" && name === zone);
                    const effect = failure?.effects.find(({ promise }) => promise === 3);
                    assert.ok(effect);
                    // With agents away nothing is compared but what brokers do: see `sound`.
                    agree(effect, happens, `zone ${zone} of ${JSON.stringify(kafka)}`);
                    seen.add(`zone ${effect.verdict} ${String(effect.lossSeconds !== undefined)}`);
                }
            }),
            { numRuns: 80 },
        );
        // All that there is to see was seen, so that agreement means something.
        for (const part of ["broker", "zone"]) {
            assert.ok(seen.has(`${part} breaks false`), `${part} breaks`);
            assert.ok(seen.has(`${part} degrades true`), `${part} degrades with loss`);
            assert.ok(seen.has(`${part} degrades false`), `${part} degrades`);
        }
    });

    it("does not let brokers be spread as MSK refuses it, or more copies than brokers", () => {
        const kafka: Kafka = {
            zones: ["us-east-1a", "us-east-1b"],
            brokersPerZone: 2,
            factor: 4,
            minInSync: 2,
            unclean: false,
        };
        const good = withKafka(sound, kafka);
        for (const count of [3, 5, 2, 0, undefined]) {
            assert.ok(good.brokers);
            const failures = failuresOf({ ...good, brokers: { ...good.brokers, count } });
            assert.equal(effectOf(failures, "zone", 3).verdict, "breaks", `${count} brokers`);
        }
    });
});

function agree(
    { verdict, lossSeconds, because }: { verdict: string; lossSeconds?: number; because: string },
    { stopped, vanished, onOneBroker }: KafkaLoss,
    what: string,
): void {
    assert.equal(verdict, stopped || vanished ? "breaks" : "degrades", `${what}: ${because}`);
    if (verdict === "degrades") assert.equal(lossSeconds !== undefined, onOneBroker, `${what}: ${because}`);
}
