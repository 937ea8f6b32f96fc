import { strict as assert } from "node:assert";
import { changesOf } from "../../../plan/compare/resources";
import type { Change, DocumentResource } from "../../../plan/document/schema";

const VAULT = "aws:backup/vault:Vault";

function resource(name: string, parts: Partial<DocumentResource> = {}): DocumentResource {
    const type = parts.type ?? VAULT;
    return {
        urn: `urn:pulumi:prod::openclaw::${type}::${name}`,
        type,
        name,
        tier: "data",
        component: "recovery",
        id: "",
        inputs: {},
        dependencies: [],
        protect: false,
        retainOnDelete: false,
        ignoreChanges: [],
        aliases: [],
        ...parts,
    };
}

const only = (before: DocumentResource[], after: DocumentResource[]): Change => {
    const changes = changesOf(before, after);
    assert.equal(changes.length, 1, JSON.stringify(changes));
    return changes[0] as Change;
};

describe("what becomes of resources", () => {
    it("nothing, where they are the same in another order", () => {
        const [one, other] = [resource("one"), resource("other")];
        assert.deepEqual(changesOf([one, other], [other, one]), []);
    });

    it("is added, or removed", () => {
        assert.equal(only([], [resource("new")]).kind, "add");
        assert.equal(only([resource("old")], []).kind, "remove");
        const stays = only([resource("old", { retainOnDelete: true })], []);
        assert.deepEqual([stays.kind, stays.why], ["remove", "leaves the stack and stays in the cloud"]);
    });

    it("is changed in place, with each property before and after", () => {
        const change = only(
            [resource("vault", { inputs: { forceDestroy: true, name: "a" } })],
            [resource("vault", { inputs: { forceDestroy: false, name: "a", region: undefined } })],
        );
        assert.equal(change.kind, "change");
        assert.deepEqual(change.properties, [{ path: "forceDestroy", before: true, after: false, replaces: false }]);
    });

    it("is replaced where AWS cannot change a property, and says which", () => {
        const change = only(
            [resource("vault", { inputs: { name: "a", forceDestroy: true } })],
            [resource("vault", { inputs: { name: "b", forceDestroy: false } })],
        );
        assert.equal(change.kind, "replace");
        assert.match(change.why, /^is replaced: name cannot change in place$/);
        assert.deepEqual(
            change.properties.map(({ path, replaces }) => [path, replaces]),
            [
                ["name", true],
                ["forceDestroy", false],
            ],
        );
    });

    it("is replaced for a part of such a property, and not for one whose name only begins alike", () => {
        const cluster = (inputs: Record<string, unknown>) => [
            resource("c", { type: "aws:msk/cluster:Cluster", inputs }),
        ];
        const subnets = (...ids: string[]) => cluster({ brokerNodeGroupInfo: { clientSubnets: ids } });
        assert.equal(only(subnets("a", "b"), subnets("a", "c")).kind, "replace");
        const size = (volumeSize: number) => cluster({ brokerNodeGroupInfo: { storageInfo: { volumeSize } } });
        assert.equal(only(size(1), size(2)).kind, "change");
        const named = (key: string, value: number) => [resource("v", { inputs: { [key]: value } })];
        assert.equal(only(named("nameOfOwner", 1), named("nameOfOwner", 2)).kind, "change");
    });

    it("is replaced in Kubernetes by name, namespace and what is fixed there", () => {
        const set = (spec: object, metadata: object = { name: "agents" }) => [
            resource("s", { type: "kubernetes:apps/v1:StatefulSet", inputs: { metadata, spec } }),
        ];
        assert.equal(only(set({ replicas: 1 }), set({ replicas: 2 })).kind, "change");
        assert.equal(only(set({ serviceName: "a" }), set({ serviceName: "b" })).kind, "replace");
        assert.equal(only(set({}), set({}, { name: "others" })).kind, "replace");
        assert.equal(only(set({}), set({}, { name: "agents", labels: { a: "b" } })).kind, "change");
        const map = (data: object) => [resource("m", { type: "kubernetes:core/v1:ConfigMap", inputs: { data } })];
        assert.equal(only(map({ a: "1" }), map({ a: "2" })).kind, "replace");
    });

    it("is replaced with what it stands in, where it cannot move, and so on to the end", () => {
        const vpc = (cidrBlock: string) =>
            resource("vpc", { type: "aws:ec2/vpc:Vpc", id: "vpc-12345", inputs: { cidrBlock } });
        const subnet = resource("subnet", {
            type: "aws:ec2/subnet:Subnet",
            id: "subnet-12345",
            inputs: { vpcId: "vpc-12345" },
            dependencies: [vpc("").urn],
        });
        const node = resource("nodes", {
            type: "aws:eks/nodeGroup:NodeGroup",
            id: "nodes",
            inputs: { subnetIds: ["subnet-12345"], labels: { subnet: "subnet-12345" } },
            dependencies: [subnet.urn],
            protect: true,
        });
        // The id of an internet gateway stays when its VPC is another: it can be attached anew.
        const gateway = resource("gateway", {
            type: "aws:ec2/internetGateway:InternetGateway",
            inputs: { vpcId: "vpc-12345" },
            dependencies: [vpc("").urn],
        });
        const rest = [subnet, node, gateway];
        const changes = changesOf([vpc("10.0.0.0/16"), ...rest], [vpc("10.1.0.0/16"), ...rest]);
        assert.deepEqual(
            changes.map(({ name, kind, why }) => [name, kind, why]),
            [
                ["vpc", "replace", "is replaced: cidrBlock cannot change in place"],
                ["subnet", "replace", "is replaced: vpcId cannot change in place"],
                ["nodes", "refused", "would be replaced, and is protected: subnetIds[0] cannot change in place"],
            ],
        );
    });

    it("stays where what it needs is replaced under a name that the program gives", () => {
        const group = (description: string) =>
            resource("group", {
                type: "aws:rds/parameterGroup:ParameterGroup",
                id: "fixed",
                inputs: { name: "fixed", description },
            });
        const user = resource("user", {
            type: "aws:rds/clusterInstance:ClusterInstance",
            inputs: { clusterIdentifier: "fixed" },
            dependencies: [group("").urn],
        });
        assert.equal(only([group("a"), user], [group("b"), user]).name, "group");
    });

    it("is refused where a protected one would be removed or replaced, and not where it changes in place", () => {
        const kept = (inputs: Record<string, unknown>, protect = true) => [resource("vault", { protect, inputs })];
        assert.match(only(kept({}), []).why, /^would be removed, and is protected$/);
        assert.equal(only(kept({}), []).kind, "refused");
        assert.equal(only(kept({ name: "a" }), kept({ name: "b" })).kind, "refused");
        assert.equal(only(kept({ forceDestroy: true }), kept({ forceDestroy: false })).kind, "change");
        // What counts is the flag in the state: it cannot be lifted in the same deployment.
        assert.equal(only(kept({ name: "a" }), kept({ name: "b" }, false)).kind, "refused");
        assert.equal(only(kept({ name: "a" }, false), kept({ name: "b" })).kind, "replace");
    });

    it("is renamed where the new one says what it was called, and removed and added where it does not", () => {
        const old = resource("old");
        const now = resource("new", { aliases: [old.urn] });
        const change = only([old], [now]);
        assert.deepEqual([change.kind, change.was, change.name], ["rename", "old", "new"]);
        const both = only([old], [{ ...now, inputs: { forceDestroy: true } }]);
        assert.deepEqual([both.kind, both.was], ["change", "old"]);
        assert.deepEqual(
            changesOf([old], [resource("new")]).map(({ kind }) => kind),
            ["add", "remove"],
        );
    });

    it("leaves out what the program told Pulumi to ignore", () => {
        const sized = (size: number, ignoreChanges: string[]) => [
            resource("c", { inputs: { info: { size, other: size } }, ignoreChanges }),
        ];
        assert.deepEqual(changesOf(sized(1, []), sized(2, ["info"])), []);
        const change = only(sized(1, []), sized(2, ["info.size"]));
        assert.deepEqual(
            change.properties.map(({ path }) => path),
            ["info.other"],
        );
    });
});
