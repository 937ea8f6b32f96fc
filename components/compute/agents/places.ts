/** Places in the containers of a pod. */
export const PATHS = {
    home: "/home/node",
    /** OpenClaw's state directory: databases, sessions, credentials, workspace. */
    state: "/home/node/.openclaw",
    /** The key that OpenClaw seals its credentials with. */
    settings: "/home/node/.config/openclaw",
    workspace: "/home/node/.openclaw/workspace",
    temporary: "/tmp",
    /** In memory: token and configuration of this start. */
    run: "/run/openclaw",
    token: "/run/openclaw/token",
    config: "/run/openclaw/openclaw.json",
    /** The class's ConfigMap. */
    files: "/etc/openclaw",
    /** The root of the state volume; only `prepare` sees it. */
    volume: "/mnt/state",
    scratch: "/mnt/scratch",
    classKey: "/mnt/class-key/class-key",
    telemetry: "/mnt/telemetry",
    /** The collector's certificate. */
    collector: "/run/openclaw/collector.crt",
    archive: "/mnt/archive/archive.sqlite",
    /** Where the image holds OpenClaw. */
    application: "/app",
} as const;

/** Longest turn of an agent. Unit: seconds. */
export const TURN_SECONDS = 600;
