import { closeClients, endServer } from "./database";

/** Connections end with the file that made them, the server with the run. */
export const mochaHooks = {
    afterAll: async () => {
        await closeClients();
        await endServer();
    },
};
