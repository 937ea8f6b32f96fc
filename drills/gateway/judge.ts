import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GatewayRuntime } from "../../components/compute/agents/runtime-types";
import type { Workshop } from "../components/processes";
import { Broken, type Report } from "../components/report";
import type { Programs } from "./pod";

/** The rendered configuration as it is, before the program that has the last word on it. */
export async function judge(
    report: Report,
    runtimes: Readonly<Record<string, GatewayRuntime>>,
    programs: Programs,
    workshop: Workshop,
): Promise<void> {
    const validate = (name: string, text: string): Promise<{ code: number | null; said: string }> => {
        const file = workshop.path(`${name}.json`);
        writeFileSync(file, text);
        const child = spawn(
            join(programs.node, "node"),
            [join(programs.application, "openclaw.mjs"), "config", "validate"],
            {
                env: { HOME: workshop.path("home"), PATH: process.env["PATH"], OPENCLAW_CONFIG_PATH: file },
            },
        );
        let said = "";
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
        return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
    };
    for (const [name, { files }] of Object.entries(runtimes)) {
        const text = files["openclaw.json"] ?? "";
        const config = JSON.parse(text) as { gateway: object };
        await report.prove(`${name}: valid, and not with one unknown key more`, async () => {
            const wrong = { ...config, gateway: { ...config.gateway, colour: "blue" } };
            const [good, bad] = await Promise.all([
                validate(name, text),
                validate(`${name}-unknown`, JSON.stringify(wrong)),
            ]);
            if (good.code !== 0) throw new Broken(good.said);
            if (bad.code === 0 || !bad.said.includes("colour")) throw new Broken(`an unknown key passed: ${bad.said}`);
        });
    }
}
