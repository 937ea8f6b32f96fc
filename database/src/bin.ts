import { main } from "./main";

// What the image starts: the same commands as `npm run data`, bundled into one file (`npm run data:build`).
main(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
        // A fault of the program, not of its user.
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exitCode = 70;
    },
);
