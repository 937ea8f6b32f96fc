import { join } from "node:path";
import { execute } from "../../components/cache";
import { nothingWrong, PATIENCE_SECONDS, type Report, seconds, until } from "../../components/report";
import type { Cluster } from "../cluster";
import { holds, keyOf, type Node, type PersistentVolume } from "../objects";
import { unevenZones, volumesElsewhere, zoneOf } from "./agents";

/** How long the command waits for agents to be Ready. */
const WAIT_MINUTES = 15;

const command = join(__dirname, "..", "..", "..", "commands", "evacuate-zone.ts");

/** A zone dies; the project's own command moves its agents to the others, and back when it has returned. */
export async function loseZone(report: Report, cluster: Cluster): Promise<void> {
    const { fleet, nodes, launcher, pace, plane } = cluster;
    const [zone = ""] = nodes.zones;
    const lost = fleet.inZone(zone).length;
    const launched = launcher.launchedForAgents;

    await report.prove("evacuation refuses while the zone is alive, and a dry run changes nothing", async () => {
        const before = fleet.identities();
        const { code, output } = await evacuate(cluster, zone);
        nothingWrong(code === 1 && /refused/i.test(output) ? [] : [`exit code ${code}: ${output.slice(-300)}`]);
        const dry = await evacuate(cluster, zone, "--dry-run", "--force");
        nothingWrong(dry.code === 0 ? [] : [`the dry run ended with ${dry.code}: ${dry.output.slice(-300)}`]);
        const after = fleet.identities();
        nothingWrong(
            [...before].filter(([name, uid]) => after.get(name) !== uid).map(([name]) => `${name} was touched`),
        );
    });

    nodes.lose(zone);
    const died = performance.now();
    await report.prove(`zone ${zone} falls silent with ${lost} agents: its nodes are found lost`, async () => {
        await until("its nodes are lost", PATIENCE_SECONDS, async () => {
            const alive = nodes.namesIn(zone).length - (await silent(cluster, zone)).length;
            return alive === 0 ? "" : `${alive} are not`;
        });
    });

    const survivors = new Map(
        fleet
            .pods()
            .filter(({ spec }) => nodes.isAlive(spec.nodeName ?? ""))
            .map((pod) => [keyOf(pod), pod.metadata.uid]),
    );
    const done = await report.prove(`the command moves all ${lost} agents to the other zone`, async () => {
        const { code, output } = await evacuate(cluster, zone, "--wait", `${WAIT_MINUTES}`);
        const after = performance.now() - died;
        nothingWrong(code === 0 ? [] : [`exit code ${code}: ${output.slice(-1500)}`]);
        // The drill may hear of the last agent later than the command, which has ended.
        await until("all agents serve", PATIENCE_SECONDS, () => fleet.missing());
        return `${seconds(after)} after the zone's death; an agent starts in ${seconds(pace.startMs)} here`;
    });
    if (!done) return;
    await report.prove("no pod and no claim is stuck, and every volume is where its agent is", async () => {
        await until("all is in its place", PATIENCE_SECONDS, async () => {
            const staying = fleet.inZone(zone).map((pod) => `${keyOf(pod)} is still in ${zone}`);
            const leaving = fleet.pods().filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
            const volumes = await plane.api.list<PersistentVolume>("/api/v1/persistentvolumes");
            const here = volumes.filter(({ spec }) => zoneOf(spec) === zone);
            const kept = here.filter(({ status }) => status?.phase === "Released").length;
            const wrong = [
                ...staying,
                ...leaving.map((pod) => `${keyOf(pod)} is still leaving`),
                ...(await volumesElsewhere(cluster)),
                ...(kept === lost ? [] : [`${kept} of ${lost} old volumes are kept`]),
            ];
            return wrong.slice(0, 5).join("; ");
        });
        return `${lost} old volumes are kept`;
    });
    await report.prove("agents of the living zone were not disturbed", () => {
        const now = fleet.identities();
        nothingWrong([...survivors].filter(([name, uid]) => now.get(name) !== uid).map(([name]) => name));
        return Promise.resolve(`${survivors.size} agents`);
    });
    report.note(`nodes launched for it beyond the headroom that stood ready: ${launcher.launchedForAgents - launched}`);
    await comeBack(report, cluster, zone);
}

async function comeBack(report: Report, cluster: Cluster, zone: string): Promise<void> {
    const { fleet } = cluster;
    cluster.revive();
    await report.prove("the zone returns, and the command brings agents back within the budgets", async () => {
        await until("its nodes are Ready", PATIENCE_SECONDS, async () => (await silent(cluster, zone)).join(", "));
        fleet.beginCount();
        const { code, output } = await evacuate(cluster, zone, "--return", "--wait", `${WAIT_MINUTES}`);
        nothingWrong(code === 0 ? [] : [`exit code ${code}: ${output.slice(-1500)}`]);
        await until("all agents serve, in even zones", PATIENCE_SECONDS, async () =>
            [fleet.missing(), ...unevenZones(cluster), ...(await volumesElsewhere(cluster)).slice(0, 5)]
                .filter(Boolean)
                .join("; "),
        );
        nothingWrong(fleet.overBudget());
        return `${fleet.inZone(zone).length} agents; most away ${fleet.count()}`;
    });
}

/** Nodes of the zone that are not Ready. */
async function silent(cluster: Cluster, zone: string): Promise<string[]> {
    const all = await cluster.plane.api.list<Node>("/api/v1/nodes");
    const here = all.filter(({ metadata }) => cluster.nodes.zoneOf(metadata.name) === zone);
    return here.filter(({ status }) => !holds("Ready", status?.conditions)).map(({ metadata }) => metadata.name);
}

async function evacuate({ plane }: Cluster, zone: string, ...options: string[]) {
    const args = ["-r", require.resolve("ts-node/register/transpile-only"), command, "--zone", zone];
    const all = [...args, "--kubeconfig", plane.kubeconfig, ...options];
    const { code, output, said } = await execute(process.execPath, all, { limitSeconds: (WAIT_MINUTES + 5) * 60 });
    return { code, output: output + said };
}
