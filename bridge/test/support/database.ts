import { closeClients, Database, endServer, SUPERUSER } from "../../../database/test/support/database";
import type { DatabaseSettings } from "../../src/settings";
import { connect } from "../../src/store/pool";
import { PgStore } from "../../src/store/store";

export { closeClients, Database, SUPERUSER };

// Of the whole run: files share the server.
after(async () => {
    await closeClients();
    await endServer();
});

/** How a bridge of this agent finds a database of the tests. */
export function settingsFor(database: Database, agent: string): DatabaseSettings {
    const { PGHOST = "", PGPORT, PGDATABASE = "" } = database.environment;
    return {
        host: PGHOST,
        port: Number(PGPORT),
        database: PGDATABASE,
        user: agent,
        password: undefined,
        ca: undefined,
        iam: false,
        region: undefined,
    };
}

export function storeOf(database: Database, agent: string): PgStore {
    return new PgStore(connect(settingsFor(database, agent)));
}
