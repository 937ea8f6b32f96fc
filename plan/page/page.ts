import type { PlanDocument } from "../document/schema";
import { assets } from "./assets";
import { Html, markup } from "./html";
import { type Section, SIGNS } from "./parts";
import { capacity } from "./sections/capacity";
import { comparison } from "./sections/comparison";
import { cost } from "./sections/cost";
import { failures } from "./sections/failures";
import { fleet } from "./sections/fleet";
import { policies } from "./sections/policies";
import { promises } from "./sections/promises";
import { anchorsOf, resources } from "./sections/resources";
import { signatures } from "./sections/signatures";
import { summary } from "./sections/summary";
import { topology } from "./sections/topology";

/**
 * The plan as one HTML page for those who sign it. It needs nothing but itself: no network, no other file; without scripts only its
 * search is missing. The same document makes the same page, byte for byte.
 */
export function renderPage(document: PlanDocument): string {
    const { style, scripts, policy } = assets();
    const anchors = anchorsOf(document);
    const sections: readonly Section[] = [
        ...comparison(document, anchors),
        promises(document),
        failures(document),
        fleet(document),
        capacity(document),
        cost(document),
        policies(document, anchors),
        resources(document, anchors),
    ];
    const title = `${document.project} ${document.stack}: plan`;
    return markup`
        <!doctype html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta http-equiv="Content-Security-Policy" content="${policy}"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="referrer" content="no-referrer"/>
                <title>${title}</title>
                <link rel="icon" href="${ICON}"/>
                <style>${new Html(style)}</style>
            </head>
            <body>
                <a class="skip" href="#main">Skip to the plan</a>
                ${SIGNS}
                <header class="masthead">
                    <p class="title">${document.project} <span class="muted">${document.stack}</span></p>
                    <nav aria-label="Sections">
                        <ul>${sections.map(({ id, name }) => markup`<li><a href="#${id}">${name}</a></li>`)}</ul>
                    </nav>
                    ${THEMES}
                </header>
                <main id="main" tabindex="-1">
                    ${summary(document)}
                    ${topology(document)}
                    ${sections.map(({ body }) => body)}
                </main>
                ${signatures(document)}
                ${scripts.map((script) => markup`<script type="module">${new Html(script)}</script>`)}
            </body>
        </html>
    `.text;
}

/** Chosen by the style alone, so that it works without scripts and is forgotten with the page. */
const THEMES = markup`
    <fieldset class="switch themes">
        <legend class="hidden-words">Colours</legend>
        ${["Auto", "Light", "Dark"].map((name) => {
            const id = name.toLowerCase();
            return markup`
                <input type="radio" name="theme" id="theme-${id}" value="${id}" autocomplete="off"${id === "auto" && markup` checked`}/>
                <label for="theme-${id}">${name}</label>
            `;
        })}
    </fieldset>
`;

const ICON = `data:image/svg+xml,${encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#3553a4"/><path d="M4 11V5m4 6V5m4 6V5" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>',
)}`;
