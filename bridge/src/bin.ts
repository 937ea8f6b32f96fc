import { help, SettingsError, settingsFrom } from "./settings";

/** The bridge's process: reads its environment, runs until it is told to end. */
async function run(): Promise<void> {
    if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
        process.stdout.write(help());
        return;
    }
    const settings = settingsFrom(process.env);
    // Only now: an environment that is wrong is told without loading what it would be for.
    const { start } = await import("./main");
    const bridge = await start(settings);
    let ending = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
        process.on(signal, () => {
            if (ending) return;
            ending = true;
            bridge.log.info({ signal }, "the bridge is told to end");
            void bridge.stop().then(() => process.exit(0));
        });
    }
    process.on("uncaughtException", (error) => {
        // What it was doing is done again after a start; going on in a state that nobody foresaw is worse.
        bridge.log.fatal({ reason: error.message, stack: error.stack }, "a fault that nobody foresaw");
        process.exit(1);
    });
}

run().catch((error: unknown) => {
    const wrong = error instanceof SettingsError;
    const said = wrong ? error.problems.map((problem) => `bridge: ${problem}`).join("\n") : `bridge: ${String(error)}`;
    process.stderr.write(`${said}\n`);
    process.exit(wrong ? 2 : 1);
});
