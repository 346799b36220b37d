// Plays the app in English by clicking: accepts invites and rematches, answers at random, until a result
// is shown. Asks for a rematch of the duel whose address is `robot.again`, repeatedly if it fails, as a
// user would. Injected into every page before the page's own scripts.

window.robot = { again: "" };

const shown = (selector) => [...document.querySelectorAll(selector)].find((node) => node.checkVisibility() && !node.disabled);

function nextClick() {
  const view = document.querySelector("[data-view]:not([hidden])")?.dataset.view;
  const invite = shown("[data-invite] [data-action=accept]");
  if (invite) return invite;
  if (view === "result") {
    const rematch = shown("[data-view=result] [data-action=rematch]");
    const hasFailed = Boolean(shown("[data-view=result] .problem:not(:empty)"));
    return (robot.again === location.hash || rematch?.textContent === "Accept the rematch" || hasFailed) && rematch;
  }
  if (view !== "question") return undefined;
  const next = shown("[data-view=question] [data-action=next]");
  if (next) return next;
  const options = [...document.querySelectorAll("[data-view=question] [data-option]")];
  const isOpen = options.every((option) => !option.disabled && !option.dataset.state);
  return isOpen && options[Math.floor(Math.random() * options.length)];
}

setInterval(() => {
  const target = nextClick();
  if (target && target.ariaBusy !== "true") target.click();
}, 25);
