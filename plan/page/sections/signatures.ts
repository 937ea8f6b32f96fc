import { createHash } from "node:crypto";
import type { PlanDocument } from "../../document/schema";
import { type Html, markup } from "../html";

const SIGNERS = ["Cost", "Security", "Operations"];

/** Where those who decide sign, on paper; and what tells this plan from any other. */
export function signatures(document: PlanDocument): Html {
    const digest = createHash("sha256").update(JSON.stringify(document)).digest("hex");
    return markup`
        <footer>
            <table class="signatures">
                <caption>Signed for</caption>
                <thead>
                    <tr><th scope="col">Concern</th><th scope="col">Name</th><th scope="col">Date</th><th scope="col">Signature</th></tr>
                </thead>
                <tbody>
                    ${SIGNERS.map((concern) => markup`<tr><th scope="row">${concern}</th><td></td><td></td><td></td></tr>`)}
                </tbody>
            </table>
            <p>
                Made offline from the program and its configuration: no account was read, ids are made up, and what only AWS can
                refuse shows in a preview against it. SHA-256 of the plan's data: <code class="breakable">${digest}</code>
            </p>
        </footer>
    `;
}
