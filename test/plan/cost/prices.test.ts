import { strict as assert } from "node:assert";
import { knownInstanceTypes } from "../../../components/model/capacity";
import { INSTANCE_SIZES } from "../../../components/model/database-memory";
import { costOf, draftsOf, withoutPrices } from "../../../plan/cost/cost";
import { pricesOf, regionsWithPrices } from "../../../plan/cost/prices/table";
import { FREE_TYPES, PRICED_TYPES } from "../../../plan/cost/unpriced";
import type { Graph } from "../../../plan/graph";
import { properties } from "../../../plan/resources";
import { graphOf } from "../../support/stacks";
import { cost, costWith, withInputs, withResource } from "./support";

describe("what a cost leaves out", () => {
    it("names model calls, and restore tests where there are any", async () => {
        const items = (await costWith("prod")).unpriced.map(({ item }) => item);
        assert.ok(items.includes("Model calls on Amazon Bedrock"));
        assert.ok(items.includes("backup.RestoreTestingPlan"));
        assert.ok(!(await costWith("staging")).unpriced.some(({ item }) => item.includes("Restore")));
    });

    it("names a type of resource that nobody has looked at, and no other by itself", async () => {
        const graph = await graphOf("staging");
        const unknown = (each: Graph) => cost(each).unpriced.filter(({ why }) => why.includes("known to be free"));
        assert.deepEqual(unknown(graph), []);
        assert.deepEqual(unknown(await graphOf("prod")), []);
        assert.deepEqual(
            unknown(withResource(graph, "aws:opensearch/domain:Domain")).map(({ item }) => item),
            ["opensearch.Domain"],
        );
    });

    it("knows a type as priced or as free, not as both", () => {
        assert.deepEqual(
            [...PRICED_TYPES].filter((type) => FREE_TYPES.has(type)),
            [],
        );
    });

    it("names a service with a load balancer, though services are free", async () => {
        const balanced = withResource(await graphOf("staging"), "kubernetes:core/v1:Service", {
            spec: { type: "LoadBalancer" },
        });
        assert.ok(cost(balanced).unpriced.some(({ item }) => item === "Load balancer of service added"));
    });

    it("names classes whose replication it cannot read, instead of counting nothing for them", async () => {
        const graph = withInputs(await graphOf("staging"), "kubernetes:core/v1:ConfigMap", () => ({ data: {} }));
        const { unpriced, lines } = cost(graph);
        assert.deepEqual(
            unpriced.map(({ item }) => item).filter((item) => item.startsWith("Replicas of")),
            ["Replicas of fleet-analyst", "Replicas of fleet-reviewer"],
        );
        assert.ok(!lines.some(({ item }) => item.startsWith("Uploads")));
    });

    it("names a line without a price, and goes on", async () => {
        const graph = withInputs(await graphOf("staging"), "aws:eks/nodeGroup:NodeGroup", () => ({
            instanceTypes: ["x99.large"],
        }));
        const found = cost(graph).unpriced.find(({ item }) => item === "System nodes, x99.large");
        assert.equal(found?.why, 'no price "ec2.x99.large" in plan/cost/prices/us-east-1.json');
    });
});

describe("price tables", () => {
    it("say how many doubtful prices a cost stands on, and which", async () => {
        const { lines, priced } = await costWith("prod");
        const table = pricesOf("us-east-1") ?? assert.fail("no table");
        const doubtful = new Set(
            lines.map(({ priceKey }) => priceKey).filter((key) => table.prices[key]?.confirmed === false),
        );
        const used = new Set(lines.map(({ priceKey }) => priceKey));
        assert.equal(priced.asOf, table.asOf);
        assert.ok(priced.source.endsWith(`; ${doubtful.size} of ${used.size} prices not confirmed`), priced.source);
        for (const { item, note = "", priceKey } of lines) {
            assert.equal(note.endsWith("price not confirmed"), doubtful.has(priceKey), item);
        }
    });

    it("are asked for by region: without one there is no cost, and a sentence what to do", async () => {
        const graph = await graphOf("staging");
        assert.equal(costOf({ ...graph, settings: { ...graph.settings, region: "eu-west-3" } }), undefined);
        assert.match(withoutPrices("eu-west-3"), /no price table for eu-west-3 .*npm run prices -- --region eu-west-3/);
    });

    it("have every price that some configuration uses, and none that no configuration does", async () => {
        const staging = await graphOf("staging");
        const variants = [
            await graphOf("prod"),
            staging,
            await graphOf("staging", { "openclaw:database.proxy": true, "openclaw:database.insights": "advanced" }),
            ...knownInstanceTypes().map((type) =>
                withInputs(staging, "aws:eks/nodeGroup:NodeGroup", () => ({ instanceTypes: [type] })),
            ),
            ...["m7g", "m5"].flatMap((family) =>
                ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"]
                    .filter((size) => family === "m5" || size !== "24xlarge")
                    .map((size) =>
                        withInputs(staging, "aws:msk/cluster:Cluster", ({ brokerNodeGroupInfo }) => ({
                            brokerNodeGroupInfo: {
                                ...properties(brokerNodeGroupInfo),
                                instanceType: `kafka.${family}.${size}`,
                            },
                        })),
                    ),
            ),
            ...["r7g", "r8g"].flatMap((family) =>
                INSTANCE_SIZES.filter((size) => family === "r8g" || size !== "24xlarge").map((size) =>
                    withInputs(staging, "aws:rds/clusterInstance:ClusterInstance", () => ({
                        instanceClass: `db.${family}.${size}`,
                    })),
                ),
            ),
        ];
        const used = new Set(variants.flatMap((graph) => draftsOf(graph).map(({ key }) => key)));
        for (const region of regionsWithPrices()) {
            const { prices } = pricesOf(region) ?? assert.fail(region);
            assert.deepEqual(Object.keys(prices).sort(), [...used].sort(), region);
            for (const [key, { usd, source, unit }] of Object.entries(prices)) {
                assert.ok(usd > 0 && source !== "" && unit !== "", key);
            }
        }
    });
});
