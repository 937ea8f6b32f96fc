import { createHmac } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { nothingWrong, seconds, sleep } from "../../components/report";
import { type Agent, memoryOf } from "../agent";
import { isRootless } from "../own-network";
import { AGENT_USER, type Pod } from "../pod";

/** An empty volume is made ready, and the agent starts on it. */
export async function begin(agent: Agent, pod: Pod): Promise<void> {
    const { report } = agent;
    await report.prove("init containers make an empty volume ready", async () => {
        await pod.initialize();
        const wrong: string[] = [];
        for (const directory of ["openclaw", "config", "archive"]) {
            const { mode, uid } = statSync(join(pod.volume("state"), directory));
            if ((mode & 0o7777) !== 0o700) wrong.push(`${directory} has mode ${(mode & 0o7777).toString(8)}`);
            if (!isRootless() && uid !== AGENT_USER) wrong.push(`${directory}: owner ${uid}`);
        }
        const expected = createHmac("sha256", agent.classKey).update(agent.name).digest("base64url");
        if (pod.token !== expected) wrong.push("the token is not derived from the class's key and the pod's name");
        if ((statSync(join(pod.volume("run"), "token")).mode & 0o777) !== 0o400)
            wrong.push("others may read the token");
        if ((statSync(join(pod.volume("scratch"), "tmp")).mode & 0o7777) !== 0o1777) wrong.push("/tmp is not sticky");
        nothingWrong(wrong);
    });
    const started = performance.now();
    await report.prove("sidecars and gateway start", async () => {
        await agent.start(pod);
        const took = performance.now() - started;
        // Memory is at its height a little later.
        await sleep(1000);
        return `start time ${seconds(took)}, resident ${memoryOf(pod)} MiB`;
    });
}
