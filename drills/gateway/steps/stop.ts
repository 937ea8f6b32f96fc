import { Broken, nothingWrong, PATIENCE_SECONDS, seconds, sleep, until } from "../../components/report";
import type { Agent } from "../agent";
import type { Pod } from "../pod";

/**
 * The pod is stopped while a turn is under way: the turn ends well, and no other begins.
 *
 * @returns the word that the session was told in it
 */
export async function stop(agent: Agent, pod: Pod): Promise<string> {
    const { report, model, runtime } = agent;
    const word = agent.nextWord();
    let started = 0;
    await report.prove("preStop waits for a turn, lets no new one in, and readiness fails meanwhile", async () => {
        const turn = await agent.heldTurn(pod, word);
        try {
            started = performance.now();
            let hasEnded = false;
            const hook = pod.exec(runtime.preStopCommand).finally(() => (hasEnded = true));
            await until("readiness fails", PATIENCE_SECONDS, async () => {
                const status = await agent.probe(runtime.probes.readiness);
                return status === 503 ? "" : `it is ${status}`;
            });
            const wrong: string[] = [];
            const late = await agent.turn(pod, "Too late?", "another");
            if (late.status !== 503) wrong.push(`a new turn got ${late.status}`);
            const live = await agent.probe(runtime.probes.liveness);
            if (live !== 200) wrong.push(`liveness is ${live}`);
            // A hook that waits for no turn ends in this time.
            await sleep(3000);
            if (hasEnded) wrong.push("preStop ended before the turn");
            model.release(word);
            const answer = await turn.answer;
            if (answer.status !== 200 || !answer.text.includes(word))
                wrong.push(`the turn: ${answer.status} ${answer.text}`);
            const { code, output } = await hook;
            if (code !== 0 || !output.includes('"drained: idle"') || !output.includes('"bridge":"idle"'))
                wrong.push(`preStop: ${code} ${output.slice(-500)}`);
            nothingWrong(wrong);
        } finally {
            model.release(word);
        }
    });
    await report.prove("SIGTERM ends gateway and sidecars in good order", async () => {
        const ends = await pod.stop();
        nothingWrong(
            Object.entries(ends)
                .filter(([, { code }]) => code !== 0)
                .map(([name, { code, signal }]) => `${name} ended with ${code ?? signal}`),
        );
        const total = (performance.now() - started) / 1000;
        const limit = runtime.terminationGracePeriodSeconds;
        if (total > limit) throw new Broken(`${total.toFixed(0)} s with preStop, more than the grace period`);
        return Object.entries(ends)
            .map(([name, each]) => `${name} ${each.seconds.toFixed(1)} s`)
            .join(", ");
    });
    return word;
}

/** The same pod on the same volume: it goes on where it was. */
export async function restart(agent: Agent, pod: Pod, words: readonly string[]): Promise<void> {
    const { report } = agent;
    report.title("The pod starts again on its volume");
    await report.prove("it starts, and nothing is restored over what is there", async () => {
        pod.clear();
        await pod.initialize();
        const started = performance.now();
        await agent.start(pod);
        return `start time ${seconds(performance.now() - started)}`;
    });
    await report.prove("the session goes on, the drained turn in it", () => agent.remembers(pod, words));
}
