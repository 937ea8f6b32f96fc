import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, execute, MissingTool, run } from "./cache";

/** As the platform's brokers run it (`openclaw:brokers.kafkaVersion`). */
export const KAFKA_VERSION = "3.9.1";

const DESCRIPTION = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>drill</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${KAFKA_VERSION}</version></dependency>
  </dependencies>
</project>
`;

/** Folder with the jars of Kafka and its tools. */
export async function kafka(): Promise<string> {
    await java();
    const folder = await cached("kafka", KAFKA_VERSION, async (draft) => {
        const description = join(draft, "pom.xml");
        await writeFile(description, DESCRIPTION);
        const out = `-DoutputDirectory=${join(draft, "libs")}`;
        await run("mvn", ["-q", "-B", "-f", description, "dependency:copy-dependencies", out], {
            why: "Kafka comes from Maven Central, by Maven (Debian: apt-get install maven)",
        });
    });
    return join(folder, "libs");
}

async function java(): Promise<void> {
    const why = "Kafka runs on Java 17 or later (Debian: apt-get install openjdk-17-jre-headless)";
    const { said, output } = await execute("java", ["-version"], { why });
    const version = Number(/version "(\d+)/.exec(said + output)?.[1] ?? 0);
    if (version < 17) throw new MissingTool(`java is of version ${version || "unknown"}: ${why}`);
}
