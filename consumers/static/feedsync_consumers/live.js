// Keeps the page of a running pull, and the list of pulls, up to date. Only what changed is replaced, so that nothing
// is lost that is ticked, chosen or about to be clicked. Without JavaScript the page loads itself anew.
"use strict";
{
    const PARTS = "[data-live], #result_list tbody :is(td, th):not(.action-checkbox)";
    const ROWS = "#result_list .action-select";

    const seconds = (page) => Number(page.querySelector('meta[name="feedsync-refresh"]')?.content || 0);
    const rows = (page) => Array.from(page.querySelectorAll(ROWS), (box) => box.value).join();

    function replace(page) {
        const [here, there] = [document, page].map((each) => Array.from(each.querySelectorAll(PARTS)));
        if (here.length !== there.length || rows(document) !== rows(page)) {
            // Other rows than before; somebody who has ticked some goes first.
            if (!document.querySelector(`${ROWS}:checked`)) {
                location.reload();
            }
            return;
        }
        here.forEach((part, index) => {
            if (part.textContent !== there[index].textContent) {
                part.replaceChildren(...there[index].childNodes);
            }
        });
    }

    async function refresh() {
        let next = seconds(document);
        try {
            const answer = await fetch(location.href, { credentials: "same-origin" });
            if (answer.ok) {
                const page = new DOMParser().parseFromString(await answer.text(), "text/html");
                replace(page);
                next = answer.redirected ? 0 : seconds(page);
            }
        } catch {
            // Away for a moment, perhaps: asked again.
        }
        wait(next);
    }

    function wait(after) {
        if (after) {
            setTimeout(refresh, after * 1000);
        }
    }

    document.addEventListener("DOMContentLoaded", () => wait(seconds(document)));
}
