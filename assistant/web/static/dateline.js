// What the page does in the browser: tells the server what was clicked, and keeps focus, address and announcements right.
// Text of articles never passes through here as anything but text.
window.dateline = (() => {
  "use strict";
  const by = (id) => document.getElementById(id);
  const narrow = () => window.matchMedia("(max-width: 999px)").matches;
  const OPENING = ["cite", "near", "read", "copy"];
  let opening = 0;
  let last = { act: "", focus: null };

  // One piece of HTML from the server: clicks and forms with `data-act` become an event of its component.
  function wire(element, trigger) {
    const tell = (target, value) => {
      const { act, turn, marker, source } = target.dataset;
      last = { act, focus: target.closest("#source") ? last.focus : target, place: element.closest("[id]").id };
      trigger("select", { act, turn, marker, source, value });
    };
    element.addEventListener("click", (event) => {
      const target = event.target.closest("a[data-act], button[data-act], [data-copy], [data-ask], [data-close]");
      if (!target || !element.contains(target)) return;
      if (target.tagName === "A") event.preventDefault();
      if (target.dataset.act) tell(target);
      else if (target.dataset.copy !== undefined) copy(target);
      else if (target.dataset.ask) ask(target.dataset.ask);
      else closeSource();
    });
    element.addEventListener("change", (event) => {
      const form = event.target.closest("form[data-upload]");
      if (form) upload(form, trigger);
    });
    element.addEventListener("submit", (event) => {
      const form = event.target.closest("form[data-act]");
      if (!form) return;
      event.preventDefault();
      tell(form, form.elements.value.value);
    });
  }

  // After the server answered: the focus goes where what was asked for is, and is never left on something that is gone.
  function settled() {
    const { act, focus, place } = last;
    last.act = "";
    if (OPENING.includes(act)) opening = Date.now() + 10000; // the panel may change before or after this
    if (act) setTimeout(arrive, 20, act, focus, place, 20); // what the server sent is put into the page only after this
  }

  function arrive(act, focus, place, tries) {
    if (OPENING.includes(act)) openSource();
    else if (act === "again") press("ask");
    else if (act === "edit" || act === "keep") field().focus();
    else if (act === "open") showTab("Ask");
    else if (document.activeElement !== document.body && tries) setTimeout(arrive, 25, act, focus, place, tries - 1);
    else if (document.activeElement === document.body) {
      const { turn } = focus.dataset;
      const same = [...document.querySelectorAll("[data-act]")].filter((one) => one.dataset.turn === turn && one.tagName === "BUTTON");
      const next = same.find((one) => one.dataset.act === act && !one.disabled) || same[0];
      if (next) next.focus();
      else focusOn(place);
    }
  }

  function focusOn(place) {
    const target = place && (by(place).querySelector("input, textarea, button:not([disabled])") || by(place));
    if (target) target.focus();
    else if (document.querySelector("[role=tab][aria-selected=true]")) document.querySelector("[role=tab][aria-selected=true]").focus();
  }

  // A button that Gradio may be about to show again.
  function press(id, tries = 40) {
    const button = by(id);
    if (button && button.offsetParent) button.click();
    else if (tries) setTimeout(press, 50, id, tries - 1);
  }

  async function upload(form, trigger) {
    const told = form.querySelector("[data-told]");
    const files = [...form.elements.files.files];
    const size = files.reduce((sum, file) => sum + file.size, 0);
    if (!files.length) return;
    if (size > Number(form.dataset.max)) {
      told.textContent = `${Math.ceil(size / 1048576)} MB; expected at most ${form.dataset.max / 1048576} MB at once`;
      return;
    }
    told.textContent = "Sending …";
    try {
      const answer = await fetch("upload", { method: "POST", body: new FormData(form) });
      const text = await answer.text();
      told.textContent = answer.ok ? "" : text;
      if (answer.ok) trigger("select", { act: "uploaded", source: text });
    } catch {
      told.textContent = "The files could not be sent; try again";
    }
    form.reset();
  }

  const field = () => document.querySelector("#question textarea");

  function write(question) {
    const target = field();
    target.value = question;
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function ask(question) {
    write(question);
    setTimeout(press, 50, "ask"); // Gradio takes the new text over in its next turn
  }

  // A question that was not answered goes back into the field, unless the next one is being written there.
  function giveBack() {
    const given = document.querySelector("#live [data-given]");
    if (given && !field().value.trim()) write(given.dataset.given);
    if (given) delete given.dataset.given;
  }

  function showTab(name) {
    const tab = [...document.querySelectorAll('[role="tab"]')].find((one) => one.textContent.trim() === name);
    if (tab) tab.click();
  }

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea"); // pages that are not served securely have no clipboard
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = "Copied";
    announce("Copied");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  // The source panel: beside the answer on a wide screen, over it on a narrow one.
  function openSource() {
    const aside = by("aside");
    document.body.classList.remove("source-closed");
    document.body.classList.add("source-open");
    cover();
    const text = aside.querySelector(".article");
    const mark = aside.querySelector("mark");
    if (text) text.scrollTop = mark ? mark.offsetTop - text.clientHeight / 3 : 0;
    const head = aside.querySelector("h2[tabindex]");
    if (head) head.focus({ preventScroll: !narrow() });
  }

  // On a narrow screen the open source covers the page, which is then out of reach.
  function cover() {
    const covered = narrow() && document.body.classList.contains("source-open");
    const aside = by("aside");
    if (covered) aside.setAttribute("aria-modal", "true");
    else aside.removeAttribute("aria-modal");
    aside.setAttribute("role", covered ? "dialog" : "complementary");
    by("main").inert = covered;
  }

  function closeSource() {
    opening = 0;
    document.body.classList.remove("source-open");
    document.body.classList.add("source-closed");
    cover();
    if (last.focus && last.focus.isConnected) last.focus.focus();
    else if (field()) field().focus();
  }

  // What a screen reader is told: each new sentence once, then what came of it.
  let heard = "";
  function announce(text) {
    by("announcer").textContent = text;
  }
  function follow() {
    const text = document.querySelector("#live .text");
    const now = text ? text.textContent : "";
    if (now && now !== heard) {
      announce(now.startsWith(heard) ? now.slice(heard.length) : now);
      heard = now;
    } else if (!now && document.querySelector("#live .waiting")) {
      heard = "";
      announce("Searching the articles");
    }
    const live = by("live");
    if (live.textContent.trim() && !by("main").inert) live.scrollIntoView({ block: "nearest" });
  }
  // Once the log and the live part have both changed: the newest answer is scrolled to and, if it was asked for here, told.
  let shownTurn = "";
  let expected = false;
  function answered() {
    if (document.querySelector("#live .waiting")) {
      expected = true;
      return;
    }
    const shown = document.querySelector("#log .turns");
    address(shown ? shown.dataset.conversation : "");
    const newest = [...document.querySelectorAll("#log .turn")].pop();
    const turn = newest ? newest.querySelector("[data-turn]").dataset.turn : "";
    if (!turn || turn === shownTurn) return;
    shownTurn = turn;
    newest.scrollIntoView({ block: "nearest" });
    const refusal = newest.querySelector(".refusal .text");
    const count = newest.querySelectorAll(".sources li").length;
    if (expected) announce(refusal ? `Not answered. ${refusal.textContent}` : `Answer complete, ${count} source${count === 1 ? "" : "s"}`);
    expected = false;
    heard = "";
  }

  // A reload finds the conversation again.
  function address(conversation) {
    const url = new URL(window.location.href);
    if (conversation) url.searchParams.set("c", conversation);
    else if (document.querySelector("#log .welcome")) url.searchParams.delete("c");
    if (url.href !== window.location.href) window.history.replaceState(null, "", url);
  }

  function start() {
    if (!by("log") || !by("live") || !by("aside")) {
      setTimeout(start, 50);
      return;
    }
    document.documentElement.lang = "en";
    const announcer = document.createElement("div");
    announcer.id = "announcer";
    announcer.setAttribute("aria-live", "polite");
    announcer.setAttribute("role", "status");
    document.body.append(announcer);
    by("aside").setAttribute("aria-label", "Source");
    cover();
    for (const id of ["ask", "stop"]) by("main").addEventListener("click", (event) => { if (event.target.closest(`#${id}`)) field().focus(); });
    const soon = () => setTimeout(answered, 30);
    new MutationObserver(() => { follow(); giveBack(); soon(); }).observe(by("live"), { childList: true, subtree: true, characterData: true });
    new MutationObserver(() => { if (Date.now() < opening) openSource(); }).observe(by("source"), { childList: true, subtree: true });
    new MutationObserver(soon).observe(by("log"), { childList: true, subtree: true });
    document.addEventListener("keydown", (event) => {
      const there = by("main").inert || by("aside").contains(document.activeElement);
      if (event.key === "Escape" && there) closeSource();
    });
    window.matchMedia("(max-width: 999px)").addEventListener("change", cover);
    answered();
  }
  start();
  return { wire, settled };
})();
