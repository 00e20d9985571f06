// Keys, undo, copy, and a tap that shows at once. Everything here has a visible control and works without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const say = (words) => { const live = document.getElementById("live"); if (live) live.textContent = words; };
  const words = (name) => document.body.dataset[name];

  // A key presses the control that names it in aria-keyshortcuts.
  let afterG = 0;
  const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
  const named = (key) => [...document.querySelectorAll("[aria-keyshortcuts]")]
    .find((at) => at.getAttribute("aria-keyshortcuts") === key && at.offsetParent !== null);
  // In a list j and k go from row to row; Enter then opens the link in focus.
  const along = (step) => {
    const rows = [...document.querySelectorAll("[data-rows] [data-row]")];
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
    return rows.length > 0;
  };
  document.addEventListener("keydown", (event) => {
    if (root.dataset.keys !== "on" || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && event.target !== document.body && event.target.tabIndex >= 0) return;
    if (event.key === "g") { afterG = Date.now(); return; }
    const key = event.key === "?" ? "?" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const go = Date.now() - afterG < 1500 && document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    const control = go || named(key);
    if (!control && (key === "j" || key === "k") && along(key === "j" ? 1 : -1)) { event.preventDefault(); return; }
    afterG = 0;
    if (!control) return;
    event.preventDefault();
    control.click();
    // What is typed next belongs into the field that just opened, even before the browser says that it did.
    if (control.matches("summary")) control.parentElement.querySelector("textarea,button")?.focus();
  });

  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-open],[data-copy],[data-other]");
    if (!at) return;
    if (at.dataset.open) document.getElementById(at.dataset.open)?.showModal();
    const box = at.closest("[data-say-box]");
    const lines = box ? [...box.querySelectorAll("[data-script]")] : [];
    const shown = lines.findIndex((line) => !line.hidden);
    if ("copy" in at.dataset) copy(lines[shown].textContent);
    if ("other" in at.dataset) {
      lines[shown].hidden = true;
      const next = lines[(shown + 1) % lines.length];
      next.hidden = false;
      say(next.textContent);
    }
  });

  // The clipboard needs HTTPS; an intranet without it gets the older way.
  async function copy(text) {
    try { await navigator.clipboard.writeText(text); } catch {
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
    }
    say(words("saidCopied"));
  }

  // One sheet at a time; a field in it takes the focus.
  document.addEventListener("toggle", (event) => {
    const box = event.target;
    if (!box.open || !box.matches(".ask,.note-box")) return;
    document.querySelectorAll(".ask[open],.note-box[open]").forEach((other) => { if (other !== box) other.open = false; });
    box.querySelector("textarea,button")?.focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    const box = event.key === "Escape" && document.querySelector(".ask[open],.note-box[open]");
    if (box) { box.open = false; box.querySelector("summary").focus(); }
  });

  // The tap shows at once; what the server says follows, and a failed one is taken back in words.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-log]") && event.submitter) event.submitter.classList.add("is-pressed");
  });
  const failed = () => {
    const pressed = document.querySelectorAll(".is-pressed");
    if (!pressed.length) return; // a page that asks again by itself has nothing to take back
    pressed.forEach((at) => at.classList.remove("is-pressed"));
    const hint = document.getElementById("pad-hint");
    if (hint) { hint.textContent = words("saidFailed"); hint.classList.add("warn"); }
    say(words("saidFailed"));
  };
  document.addEventListener("htmx:error", failed);
  document.addEventListener("htmx:response:error", (event) => {
    if ((event.detail.ctx?.response?.status ?? 500) >= 500) failed();
  });

  function settle(part) {
    part.querySelectorAll("[data-copy],[data-other]").forEach((at) => { at.hidden = false; });
    const bar = part.querySelector("[data-undo]");
    if (!bar) return;
    const leave = () => {
      if (bar.matches(":hover") || bar.contains(document.activeElement)) setTimeout(leave, 2000);
      else bar.hidden = true;
    };
    setTimeout(leave, 8000);
  }
  document.addEventListener("htmx:after:swap", () => {
    const work = document.getElementById("work");
    const fresh = document.querySelector("[data-fresh]");
    if (fresh) {
      fresh.removeAttribute("data-fresh");
      fresh.focus({ preventScroll: true });
      say(fresh.textContent);
    }
    if (!work) return;
    settle(work);
    work.querySelector("[data-focus]")?.focus({ preventScroll: true });
    scrollTo({ top: 0, behavior: "instant" });
    say(work.querySelector("[data-say]")?.textContent ?? "");
  });
  settle(document);
})();
