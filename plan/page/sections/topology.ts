import type { PlanDocument } from "../../document/schema";
import { plural } from "../../document/figures";
import { type Html, markup } from "../html";
import { sceneOf } from "../picture/flows";
import { tall } from "../picture/tall";
import { wide } from "../picture/wide";

/** The system in one picture, and in words for those who cannot see it. */
export function topology(document: PlanDocument): Html {
    const { zones, agentNodeType, databaseClass } = document.topology;
    const scene = sceneOf(document);
    const label = `The system: ${plural(document.agents, "agent")}, brokers and database in ${plural(zones.length, "zone")}, and what they reach outside them`;
    return markup`
        <section id="system" aria-labelledby="system-title">
            <h2 id="system-title" class="hidden-words">The system</h2>
            <figure>
                ${wide(scene, label)}${tall(scene, label)}
                <figcaption>
                    <p class="legend">
                        <svg viewBox="0 0 14 14" aria-hidden="true"><rect class="node used" x="1" y="1" width="12" height="12" rx="2"/></svg>
                        a node in use
                        <svg viewBox="0 0 14 14" aria-hidden="true"><rect class="node waiting" x="1" y="1" width="12" height="12" rx="2"/></svg>
                        a node that waits for the agents of a lost zone
                    </p>
                    <ol class="flows">
                        ${scene.flows.map(({ from, to, words }) => markup`<li><b>${from} to ${to.toLowerCase().replace("aws", "AWS")}.</b> ${words}</li>`)}
                    </ol>
                    <details>
                        <summary>What stands in each zone, in words</summary>
                        <ul class="plain">
                            ${zones.map(
                                (zone) => markup`
                                    <li>
                                        <b>${zone.name}</b>:
                                        ${plural(zone.agents, "agent")} on ${plural(zone.agentNodes, "node")} ${agentNodeType};
                                        ${zone.spareNodes > 0 ? `${plural(zone.spareNodes, "more node")} waiting` : "no node waiting"};
                                        ${plural(zone.systemNodes, "system node")};
                                        ${zone.brokers.length > 0 ? `${zone.brokers.length === 1 ? "broker" : "brokers"} ${zone.brokers.join(", ")}` : "no broker"};
                                        ${zone.databases.length > 0 ? `database ${zone.databases.map(({ name, role }) => `${role} ${name}`).join(", ")} (${databaseClass})` : "no database instance"};
                                        ${zone.natGateway ? "a NAT gateway" : "no NAT gateway"};
                                        ${plural(zone.endpoints, "interface endpoint")} of AWS services.
                                        ${zone.subnets.length > 0 && `Subnets: ${zone.subnets.map(({ role, cidr }) => `${role} ${cidr}`).join(", ")}.`}
                                    </li>
                                `,
                            )}
                        </ul>
                    </details>
                </figcaption>
            </figure>
        </section>
    `;
}
