import { execute } from "../../components/cache";
import { nothingWrong, PATIENCE_SECONDS, type Report, until } from "../../components/report";
import type { Cluster } from "../cluster";
import { kubectl, KUBECTL } from "../manifests";

const REFUSED = /Cannot evict pod as it would violate the pod's disruption budget/g;

/** Two nodes are drained at once, as an upgrade of nodes does: the budgets hold back what would be too much. */
export async function drain(report: Report, cluster: Cluster): Promise<void> {
    const { fleet, nodes, plane } = cluster;
    const [zone = ""] = nodes.zones;
    const agentsOn = (node: string) => fleet.pods().filter(({ spec }) => spec.nodeName === node).length;
    const fullest = nodes
        .namesIn(zone)
        .sort((one, other) => agentsOn(other) - agentsOn(one))
        .slice(0, 2);
    const moved = fullest.reduce((sum, node) => sum + agentsOn(node), 0);
    await report.prove("a drain of two nodes at once keeps to the budget of every class", async () => {
        fleet.beginCount();
        const drains = fullest.map((node) =>
            execute(
                "kubectl",
                [
                    "--kubeconfig",
                    plane.kubeconfig,
                    "drain",
                    node,
                    "--delete-emptydir-data",
                    `--timeout=${2 * PATIENCE_SECONDS}s`,
                ],
                { why: KUBECTL, limitSeconds: 3 * PATIENCE_SECONDS },
            ),
        );
        const ended = await Promise.all(drains);
        const failed = ended.filter(({ code }) => code !== 0);
        nothingWrong(failed.map(({ said }) => said.slice(-500)));
        await until("all agents serve again, elsewhere", PATIENCE_SECONDS, () => {
            const drained = fullest.filter((node) => agentsOn(node) > 0).map((node) => `${node} still has agents`);
            return [fleet.missing(), ...drained].filter(Boolean).join("; ");
        });
        nothingWrong(fleet.overBudget());
        const refusals = ended.reduce((sum, { said }) => sum + (said.match(REFUSED)?.length ?? 0), 0);
        return `${moved} agents moved, ${refusals} evictions held back; most away ${fleet.count()}`;
    });
    for (const node of fullest) await kubectl(plane.kubeconfig, ["uncordon", node]);
}
