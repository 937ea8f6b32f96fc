import type { KafkaCluster } from "../../../drills/bridge/brokers";
import { Broken, sleep } from "../../../drills/components/report";
import type { Place } from "./network";
import type { Pod } from "./pods";

export interface Targets {
    readonly pods: readonly Pod[];
    readonly brokers: KafkaCluster;
    /** Where each broker is in the network, by its number. */
    readonly places: ReadonlyMap<number, Place>;
    /** Ends all of a bridge's connections to the database. */
    readonly loseConnections: (agent: string) => void;
}

/** Something that goes wrong, and is over when this resolves. */
type Trouble = (targets: Targets, random: () => number) => Promise<void>;

const pick = <T>(from: readonly T[], random: () => number): T => {
    const found = from[Math.floor(random() * from.length)];
    if (found === undefined) throw new Error("there is nothing to pick from");
    return found;
};
const between = (least: number, most: number, random: () => number) => least + random() * (most - least);

/** What befalls one pod; nothing else does meanwhile. */
const onPod =
    (trouble: (pod: Pod, random: () => number, targets: Targets) => Promise<void>): Trouble =>
    async (targets, random) => {
        const free = targets.pods.filter((pod) => !pod.isInTrouble);
        if (free.length === 0) return;
        const pod = pick(free, random);
        pod.isInTrouble = true;
        await trouble(pod, random, targets);
        pod.isInTrouble = false;
    };

const KILLS: Readonly<Record<string, Trouble>> = {
    "bridges killed": onPod((pod, random) => pod.kill(between(0, 3000, random))),
};

const OF_PODS: Readonly<Record<string, Trouble>> = {
    "bridges rolled": onPod((pod) => pod.restart()),
    "bridges paused": onPod(async (pod, random) => {
        pod.pause();
        await sleep(between(1000, 12_000, random));
        pod.resume();
    }),
    "bridges cut off": onPod(async ({ place }, random) => {
        place.cut();
        await sleep(between(1000, 15_000, random));
        place.mend();
    }),
    "gateways without room": onPod(async (pod, random) => {
        const ms = between(500, 4000, random);
        pod.order({ do: "refuse", ms });
        await sleep(ms);
    }),
    "gateways hung up": onPod(async (pod) => pod.order({ do: "hangup" })),
    "database connections lost": onPod(async ({ name }, _random, { loseConnections }) => loseConnections(name)),
};

const OF_BROKERS: Readonly<Record<string, Trouble>> = {
    "brokers killed": async ({ brokers }, random) => killBroker(brokers, pick(brokers.ids, random), random),
    async "controllers killed"({ brokers }, random) {
        const controller = await brokers.controller();
        if (controller !== undefined) await killBroker(brokers, controller, random);
    },
    async "brokers paused"({ brokers }, random) {
        const id = pick(brokers.ids, random);
        brokers.pause(id);
        // Some longer than the others wait for it, some shorter.
        await sleep(between(2000, 14_000, random));
        brokers.resume(id);
    },
    async "brokers cut off"({ places }, random) {
        const place = pick([...places.values()], random);
        place.cut();
        await sleep(between(2000, 14_000, random));
        place.mend();
    },
};

/**
 * Waits until the brokers are whole again, on a machine that may be busy with much else: where they are slow, nothing more is done
 * to them.
 *
 * @throws Broken where they never are
 */
export async function untilWhole(brokers: KafkaCluster, tries = 5): Promise<void> {
    for (let tried = 1; ; tried++) {
        try {
            return await brokers.whole();
        } catch (error) {
            if (!(error instanceof Broken) || tried === tries) throw error;
        }
    }
}

async function killBroker(brokers: KafkaCluster, id: number, random: () => number): Promise<void> {
    brokers.kill(id);
    await sleep(between(1000, 5000, random));
    brokers.restart(id);
}

/** How much goes wrong: nothing; bridges are killed and nothing else; or all. */
export type Measure = "none" | "kills" | "all";

/** Troubles one after the other, of each kind first once, then as chance has it; in three rows at a time. */
export class Chaos {
    readonly counts = new Map<string, number>();
    #over = false;
    readonly #rows: Promise<void>[] = [];

    constructor(measure: Measure, targets: Targets, random: () => number) {
        if (measure === "none") return;
        // A bridge that starts costs two seconds of a processor: killed more often, they would do little else.
        const [least, most] = measure === "kills" ? [1000, 4000] : [2000, 12_000];
        this.#rows.push(this.#run(KILLS, targets, random, () => sleep(between(least, most, random))));
        if (measure === "kills") return;
        this.#rows.push(
            this.#run(OF_PODS, targets, random, () => sleep(between(500, 2500, random))),
            // One broker at a time: two of three would be more than the platform promises to bear.
            this.#run(OF_BROKERS, targets, random, () => this.#untilWhole(targets.brokers)),
        );
    }

    /** No more trouble: what is broken is mended. */
    async end(): Promise<void> {
        this.#over = true;
        await Promise.all(this.#rows);
    }

    async #run(
        kinds: Readonly<Record<string, Trouble>>,
        targets: Targets,
        random: () => number,
        rest: () => Promise<void>,
    ): Promise<void> {
        const first = Object.keys(kinds);
        while (!this.#over) {
            const name = first.shift() ?? pick(Object.keys(kinds), random);
            await kinds[name]?.(targets, random);
            this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
            await rest();
        }
    }

    async #untilWhole(brokers: KafkaCluster): Promise<void> {
        await untilWhole(brokers);
        for (let waited = 0; waited < 4000 && !this.#over; waited += 200) await sleep(200);
    }
}
