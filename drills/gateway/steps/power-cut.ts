import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DATABASES, PATHS } from "../../../components/compute/agents/runtime";
import { statePrefix } from "../../../components/compute/agents/spec";
import { Broken, nothingWrong, PATIENCE_SECONDS, seconds, until } from "../../components/report";
import { type Agent, memoryOf } from "../agent";
import type { Pod } from "../pod";
import { isSeenEnough, MOST_WAITING, mustHold, outOfRhythm, Replication, type Rhythm } from "../replication";
import { FINDING } from "./turns";

/** A turn that was answered. */
interface Answered {
    readonly word: string;
    /** By `performance.now()`. */
    readonly at: number;
    /** The newest piece of the database that was cut then. */
    readonly piece: number;
}

/** Turns without end, then all processes of the pod are killed at once, with a turn under way, and the volume is gone. */
export async function powerCut(agent: Agent, pod: Pod, title: string): Promise<Pod> {
    const { report, model } = agent;
    report.title(`Power cut: ${title}`);
    const replication = new Replication(
        pod.state(DATABASES.agent),
        agent.bucketUrl,
        `${statePrefix(agent.className, agent.name)}/agent`,
    );
    const session = `long-${agent.generation}`;
    const underWay = agent.nextWord();
    await agent.heldTurn(pod, underWay, session);
    const { answered, rhythm } = await turnsWithoutEnd(agent, pod, replication);
    const resident = memoryOf(pod);

    const cutAt = performance.now();
    await pod.kill();
    const held = await replication.held();
    const waiting = Math.max(rhythm.waiting, replication.looks(held));
    const asked = model.asked(underWay);
    rmSync(pod.volume("state"), { recursive: true, force: true });
    report.note(`${answered.length} turns were answered before the cut; the gateway held ${resident} MiB`);
    await report.prove("replication keeps its rhythm", () => {
        nothingWrong(outOfRhythm({ ...rhythm, waiting }));
        const figures = `${rhythm.looks} looks at the database in ${rhythm.seconds.toFixed(1)} s`;
        return Promise.resolve(`${figures}, at most ${waiting} waited for their upload, ${MOST_WAITING} may`);
    });

    const next = agent.newPod();
    await report.prove("databases and files come back from the replica", () => comeBack(next));
    const restart = performance.now();
    await report.prove("the agent starts", async () => {
        await agent.start(next);
        return `start time ${seconds(performance.now() - restart)}`;
    });
    await report.prove("no turn is lost that the replica had", async () => {
        const memory = await agent.memory(next);
        const sure = answered.filter(({ piece }) => mustHold(piece, held));
        if (sure.length === 0) throw new Broken("the replica had none");
        const lost = answered.filter(({ word }) => !memory.has(word));
        const lostAt = lost[0]?.at ?? cutAt;
        const window = `loss window ${seconds(cutAt - lostAt)}`;
        const wrong = lost.filter((turn) => sure.includes(turn));
        if (wrong.length > 0) throw new Broken(`${wrong.length} of the ${sure.length} that it had are; ${window}`);
        return `it had ${sure.length} of ${answered.length} for sure; ${lost.length} of the others lost, ${window}`;
    });
    await report.prove("the turn that was under way is taken up again", async () => {
        await until("another call of the model", PATIENCE_SECONDS, () =>
            model.asked(underWay) > asked ? "" : "not called",
        );
        // A question in the middle of it would disturb it, so the answer is awaited in the history.
        const answer = new RegExp(`I heard: [^"]*\\b${underWay}\\b`);
        await until("its answer in the session", PATIENCE_SECONDS, async () => {
            const text = await agent.history(next, session);
            return answer.test(text) ? "" : text.slice(-600);
        });
        const { text } = await agent.turn(next, "What do you remember?", session);
        if (!text.includes(underWay)) throw new Broken(text.slice(-600));
    });
    return next;
}

/** Turns, until what Litestream does meanwhile has been seen often enough. */
async function turnsWithoutEnd(
    agent: Agent,
    pod: Pod,
    replication: Replication,
): Promise<{ answered: Answered[]; rhythm: Rhythm }> {
    // On a volume that was restored, the replica is ahead at first.
    await until("Litestream follows the database", PATIENCE_SECONDS, async () => {
        const [cut, held] = [replication.cut(), await replication.held()];
        return cut > 0 && cut >= held ? "" : `${cut} pieces are cut, ${held} uploaded`;
    });
    const started = performance.now();
    const first = replication.cut();
    const answered: Answered[] = [];
    let rhythm: Rhythm = { turns: 0, seconds: 0, looks: 0, waiting: 0 };
    while (!isSeenEnough(rhythm)) {
        const word = agent.nextWord();
        const { status } = await agent.turn(pod, `Remember ${word}.`);
        const piece = replication.cut();
        const at = performance.now();
        if (status === 200) answered.push({ word, at, piece });
        rhythm = {
            turns: rhythm.turns + 1,
            seconds: (at - started) / 1000,
            looks: replication.looks(first),
            waiting: Math.max(rhythm.waiting, replication.looks(await replication.held())),
        };
    }
    return { answered, rhythm };
}

/** Init containers fill an empty volume. */
async function comeBack(next: Pod): Promise<string> {
    const started = performance.now();
    await next.initialize();
    const took = performance.now() - started;
    const wrong = Object.values(DATABASES)
        .map((path) =>
            path.startsWith(PATHS.state) ? next.state(path) : join(next.volume("state"), "archive", "archive.sqlite"),
        )
        .filter((path) => !existsSync(path));
    const workspace = next.state(PATHS.workspace);
    const finding = join(workspace, FINDING.path);
    if (!existsSync(finding) || readFileSync(finding, "utf8") !== FINDING.text) wrong.push(`${FINDING.path} is lost`);
    nothingWrong(wrong);
    const git = spawnSync("git", ["-c", "safe.directory=*", "fsck"], { cwd: workspace, encoding: "utf8" });
    if (existsSync(join(workspace, ".git")) && git.status !== 0 && !git.error) {
        throw new Broken(`git fsck of the workspace: ${git.stderr}`);
    }
    return `restore time ${seconds(took)}`;
}
