import type { PlanDocument } from "../../document/schema";
import { count, plural } from "../../document/figures";
import { type Child, markup } from "../html";
import { type Section, section, table } from "../parts";

/** The classes of agents: what each agent may use, and reach. */
export function fleet({ fleet: classes, agents }: PlanDocument): Section {
    const names = (items: readonly string[], none: string): Child =>
        items.length === 0 ? markup`<span class="muted">${none}</span>` : items.join(", ");
    return section(
        "fleet",
        "Fleet",
        "Who works here",
        `${plural(agents, "agent")} in ${plural(classes.length, "class", "classes")}. Each is a pod of its own with limits, a volume and an identity; a class grows by a number.`,
        table(
            "Classes of agents, with what one agent may use",
            [
                { head: "Class" },
                { head: "Agents", number: true },
                { head: "Processor" },
                { head: "Memory", number: true },
                { head: "Network, in and out" },
                { head: "State", number: true },
                { head: "Model" },
                { head: "Councils" },
                { head: "Skills" },
                { head: "Internet" },
            ],
            classes.map((each) => [
                each.name,
                count(each.agents),
                `${each.cpuRequest} to ${each.cpuLimit}`,
                each.memory,
                `${each.ingress}, ${each.egress}`,
                each.state,
                markup`<span class="breakable">${each.model}</span>`,
                names(each.councils, "none"),
                names(each.skills, "none"),
                names(each.allowedDomains, "no access"),
            ]),
            [["Together", count(classes.reduce((sum, each) => sum + each.agents, 0)), "", "", "", "", "", "", "", ""]],
        ),
    );
}
