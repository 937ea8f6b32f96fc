import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { brokerProperties, parseProperties, renderProperties } from "../../components/model/server-properties";

describe("brokerProperties", () => {
    const settings = brokerProperties({ replicationFactor: 4, minInSyncReplicas: 2, topicsDeletable: false });

    it("renders the brokers' settings, each a line, in order", () => {
        assert.equal(
            renderProperties(settings),
            [
                "auto.create.topics.enable=false",
                "default.replication.factor=4",
                "delete.topic.enable=false",
                "min.insync.replicas=2",
                "offsets.retention.minutes=43200",
                "offsets.topic.replication.factor=4",
                "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector",
                "transaction.state.log.min.isr=2",
                "transaction.state.log.replication.factor=4",
                "unclean.leader.election.enable=false",
                "",
            ].join("\n"),
        );
    });

    it("lets topics be deleted only where it is told to", () => {
        const deletable = brokerProperties({ replicationFactor: 2, minInSyncReplicas: 1, topicsDeletable: true });
        assert.equal(deletable["delete.topic.enable"], "true");
        assert.equal(settings["delete.topic.enable"], "false");
    });

    it("keeps Kafka's own topics as safe as the others, for any replication", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (factor, minimum) => {
                const properties = brokerProperties({
                    replicationFactor: factor,
                    minInSyncReplicas: minimum,
                    topicsDeletable: false,
                });
                assert.equal(properties["offsets.topic.replication.factor"], String(factor));
                assert.equal(properties["transaction.state.log.replication.factor"], String(factor));
                assert.equal(properties["transaction.state.log.min.isr"], String(minimum));
            }),
        );
    });
});

describe("renderProperties and parseProperties", () => {
    const key = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/);
    const value = fc.stringMatching(/^[A-Za-z0-9.,:;/=#! _-]{0,40}$/).filter((text) => text === text.trim());
    const properties = fc.dictionary(key, value, { noNullPrototype: true });

    it("gives back what went in", () => {
        fc.assert(
            fc.property(properties, (given) => assert.deepEqual(parseProperties(renderProperties(given)), given)),
        );
    });

    it("renders the same text whatever the order", () => {
        fc.assert(
            fc.property(properties, (given) => {
                const reversed = Object.fromEntries(Object.entries(given).reverse());
                assert.equal(renderProperties(reversed), renderProperties(given));
            }),
        );
    });

    it("reads what people write: comments, blank lines, spaces, colons, Windows line ends", () => {
        const text = "# durability\r\n\r\n  min.insync.replicas = 2 \r\n! more\nnum.io.threads: 8\nempty=\n";
        assert.deepEqual(parseProperties(text), { "min.insync.replicas": "2", "num.io.threads": "8", empty: "" });
    });

    it("refuses lines without a value, and a key that is set twice", () => {
        assert.throws(() => parseProperties("a=1\nnonsense\n"), /line 2 of the broker settings is not key=value/);
        assert.throws(() => parseProperties("=1"), SyntaxError);
        assert.throws(() => parseProperties("a=1\na=2"), /line 2 of the broker settings sets a a second time/);
    });

    it("refuses to write what would be read as something else", () => {
        for (const bad of ["", "a b", "a=b", "a:b", "#a", "a\nb", "ä"]) {
            assert.throws(() => renderProperties({ [bad]: "1" }), RangeError);
        }
        for (const bad of ["1\nevil=2", "a\\", " 1", "1 ", "é", "\t"]) {
            assert.throws(() => renderProperties({ a: bad }), RangeError);
        }
    });
});
