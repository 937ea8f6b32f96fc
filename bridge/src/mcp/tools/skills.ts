import { isUtf8 } from "node:buffer";
import * as z from "zod";
import { eventId } from "../../contract/ids";
import { WrongContent } from "../../store/skills";
import type { ToolContext } from "../context";
import { Refusal } from "../refusal";
import { type Tool, tool } from "../tool";

/** Tools for the skills that operators have released for this agent's class. */
export function skillTools({ skills, store, tell }: ToolContext): Tool[] {
    return [
        tool({
            name: "skill_list",
            title: "List your skills",
            description:
                "The skills that are released for you, each in the version that was checked. Others are not to be trusted.",
            input: z.strictObject({}),
            readOnly: true,
            run: () => skills.list(),
        }),
        tool({
            name: "skill_fetch",
            title: "Fetch a skill",
            description:
                "The content of one of your skills, checked against its digest: text, or base64 where it is an archive. It is noted in the " +
                "audit trail that you fetched it.",
            input: z.strictObject({ name: z.string().min(1).max(63).describe("Its name, from skill_list") }),
            async run({ name }) {
                const skill = await fetched(name);
                const { body, ...rest } = skill;
                await store.commit({
                    audit: [
                        {
                            event_id: eventId(),
                            action: "skill.fetch",
                            object: `skill ${skill.name}`,
                            detail: { version: skill.version, sha256: skill.sha256 },
                        },
                    ],
                });
                tell();
                return isUtf8(body)
                    ? { ...rest, encoding: "text", content: body.toString("utf8") }
                    : { ...rest, encoding: "base64", content: body.toString("base64") };
            },
        }),
    ];

    async function fetched(name: string) {
        try {
            const skill = await skills.fetch(name);
            if (skill === undefined)
                throw new Refusal(`No skill ${name} is released for you. skill_list names those that are.`);
            const { body } = skill;
            if (body === undefined) {
                throw new Refusal(
                    `The content of ${name} ${skill.version} is not in the registry; it is at ${skill.source}.`,
                );
            }
            return { ...skill, body };
        } catch (error) {
            if (error instanceof WrongContent) {
                throw new Refusal(
                    `The content of ${name} is not what was checked: do not use it, and tell an operator.`,
                );
            }
            throw error;
        }
    }
}
