/** The value of a key in a table of Bottlerocket's settings, which come as user data: TOML in base64. */
export function settingOf(userData: string, table: string, key: string): string | undefined {
    return settingIn(Buffer.from(userData, "base64").toString("utf8"), table, key);
}

/** The value of a key in a table of Bottlerocket's settings, which are TOML. */
export function settingIn(settings: string, table: string, key: string): string | undefined {
    let at = "";
    for (const raw of settings.split(/\r?\n/)) {
        const line = raw.trim();
        const [, heading] = /^\[([^[\]]+)\]$/.exec(line) ?? [];
        if (heading !== undefined) at = heading;
        const [, name, value] = /^([\w-]+|"[^"]+")\s*=\s*(.+)$/.exec(line) ?? [];
        if (at === table && name?.replaceAll('"', "") === key) return value?.replace(/^"(.*)"$/, "$1");
    }
    return undefined;
}
