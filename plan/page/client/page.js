/* global addEventListener, document, location */

document.documentElement.classList.add("scripted");

// All components of the tree at once.
const fold = document.getElementById("resource-fold");
fold.addEventListener("click", () => {
    const unfold = fold.getAttribute("aria-expanded") === "false";
    for (const component of document.querySelectorAll("#resource-tree .component")) component.open = unfold;
    fold.setAttribute("aria-expanded", String(unfold));
    fold.textContent = unfold ? "Fold all components" : "Unfold all components";
});

// The style shows the figures of the chosen load; this says the total to those who do not see it change.
for (const choice of document.querySelectorAll("input[name=load]")) {
    choice.addEventListener("change", () => {
        const total = document.querySelector(`.total .figure .load-${choice.value}`).textContent;
        document.getElementById("load-said").textContent = `Total at the ${choice.value} load: ${total} a month`;
    });
}

// A link to a resource unfolds what it stands in, in browsers that do not do so by themselves.
function reveal() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.id.startsWith("resource-")) return;
    target.hidden = false;
    for (let place = target.closest("details"); place; place = place.parentElement.closest("details"))
        place.open = true;
    const own = target.querySelector("details");
    if (own) own.open = true;
    target.scrollIntoView();
}
addEventListener("hashchange", reveal);
reveal();

// Paper cannot be unfolded: reasons, values and cost are printed, the inputs of hundreds of resources are not.
let opened = [];
addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open])")].filter(
        (details) =>
            details.closest("#rules") === null && (details.matches(".component") || details.closest(".tree") === null),
    );
    for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
});
