import { createHmac } from "node:crypto";
import { GATEWAY_PORT } from "../../../components/compute/agents/spec";
import { PATHS } from "../../../components/compute/agents/runtime";
import { Broken, nothingWrong } from "../../components/report";
import type { Agent } from "../agent";
import { POD_ADDRESS } from "../own-network";
import type { Pod } from "../pod";

/** Probes answer as the kubelet asks, nobody else gets in, and the pod writes nowhere but on its volumes. */
export async function probes({ report, runtime, classKey }: Agent, pod: Pod): Promise<void> {
    const { probes } = runtime;
    const ask = async (path: string, headers: Record<string, string> = {}, method = "GET") => {
        const response = await fetch(`http://${POD_ADDRESS}:${GATEWAY_PORT}${path}`, { method, headers });
        return { status: response.status, body: await response.text() };
    };
    await report.prove("probes answer on the pod's address as the kubelet asks", async () => {
        const wrong: string[] = [];
        for (const [probe, status] of [
            [probes.startup, "started"],
            [probes.readiness, "started"],
            [probes.liveness, "live"],
        ] as const) {
            const answer = await ask(probe.path);
            if (answer.status !== 200 || answer.body !== JSON.stringify({ ok: true, status })) {
                wrong.push(`${probe.path}: ${answer.status} ${answer.body.slice(0, 100)}`);
            }
        }
        nothingWrong(wrong);
    });
    await report.prove(
        "the bridge answers the kubelet: alive, and not ready without brokers and database",
        async () => {
            const health = runtime.sidecars.find(({ name }) => name === "bridge")?.health;
            if (health === undefined) throw new Broken("the pod has no bridge that can be asked");
            const wrong: string[] = [];
            for (const [{ path }, status] of [
                [health.probes.startup, 200],
                [health.probes.liveness, 200],
                [health.probes.readiness, 503],
            ] as const) {
                const answer = await fetch(`http://${POD_ADDRESS}:${health.port.number}${path}`);
                if (answer.status !== status) wrong.push(`${path}: ${answer.status} ${await answer.text()}`);
            }
            nothingWrong(wrong);
        },
    );
    await report.prove("a probe on a wrong path would fail", async () => {
        const paths = ["/livez", "/health/live", "/", "/index.html"];
        const answers = await Promise.all(paths.map(async (path) => ({ path, ...(await ask(path)) })));
        nothingWrong(answers.filter(({ status }) => status < 400).map(({ path, status }) => `${path}: ${status}`));
    });
    await report.prove("nobody without this pod's token gets in", async () => {
        const other = createHmac("sha256", classKey).update("another-0").digest("base64url");
        const doors = ["/v1/responses", "/api/v1/admin/rpc", "/tools/invoke"];
        const answers = await Promise.all(
            doors.flatMap((path) =>
                ["", `Bearer ${other}`].map(async (authorization) => ({
                    path,
                    ...(await ask(path, authorization === "" ? {} : { authorization }, "POST")),
                })),
            ),
        );
        nothingWrong(answers.filter(({ status }) => status !== 401).map(({ path, status }) => `${path}: ${status}`));
    });
    await report.prove("the root is read-only, and configuration and token too", async () => {
        const targets = [`${PATHS.application}/x`, "/x", "/etc/x", `${PATHS.home}/x`, PATHS.config, PATHS.token];
        const script = targets.map((target) => `if : >>${target}; then echo WROTE ${target}; fi`).join("; ");
        const { output } = await pod.exec(["/bin/sh", "-c", `{ ${script}; } 2>/dev/null`]);
        nothingWrong(output.match(/WROTE .*/g) ?? []);
    });
}
