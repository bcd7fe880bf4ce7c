// What HTML and htmx cannot do by themselves: Enter sends, pictures are dropped and pasted, the form is a dialog, trouble
// is told, the figures hold still for who reads them, and the newest message is in sight.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);

  // Enter sends; with Shift it is a new line. The answer to a message brings a fresh composer: what was typed while the
  // message was under way moves over, and Enter in the meantime sends it then.
  let underWay = null;
  document.addEventListener("keydown", (event) => {
    const isText = event.target.id === "text";
    if (isText && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (underWay) underWay.goesOn = true;
      else event.target.form.requestSubmit();
    }
  });
  const isSending = (event) => event.detail.requestConfig?.path === "/send";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isSending(event)) underWay = { sent: byId("text").value, typed: null, goesOn: false };
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (underWay && isSending(event)) underWay.typed = byId("text").value;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isSending(event) && !event.detail.successful) underWay = null;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!underWay || !isSending(event)) return;
    const { sent, typed, goesOn } = underWay;
    underWay = null;
    if (typed === null || typed === sent) return;
    const text = byId("text");
    text.value = text.value === "" && typed.startsWith(sent) ? typed.slice(sent.length).trimStart() : typed;
    text.setSelectionRange(text.value.length, text.value.length);
    text.dispatchEvent(new Event("input", { bubbles: true }));
    if (goesOn) text.form.requestSubmit();
  });

  // Pictures go where one would pick them: into the form while it is open, else into the composer.
  const take = (files) => {
    const input = byId("form-files") || byId("files");
    const pictures = [...files].filter((file) => file.type.startsWith("image/"));
    if (!input || pictures.length === 0) return false;
    const carrier = new DataTransfer();
    pictures.forEach((file) => carrier.items.add(file));
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };
  const hasFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  document.addEventListener("paste", (event) => {
    if (take(event.clipboardData?.files || [])) event.preventDefault();
  });
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.type === "file") event.target.value = "";
  });

  // The form opens as a dialog, which keeps the keyboard inside and closes on Escape.
  let before = null;
  document.addEventListener("htmx:load", () => {
    const dialog = byId("dialog");
    if (!dialog || dialog.open) return;
    before = document.activeElement;
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before?.isConnected) before.focus();
    });
    dialog.showModal();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) byId("dialog")?.close();
  });

  // The dashboard's figures stay as they are while somebody reads a table of theirs.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const figures = event.target;
    if (figures.id === "figures" && figures.querySelector("details[open], :focus-visible")) event.preventDefault();
  });

  // Trouble is told, and gone again when it is over.
  const trouble = (words, kind) => {
    const line = byId("trouble");
    if (!line) return;
    line.textContent = words;
    line.hidden = words === "";
    line.dataset.kind = kind;
  };
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    const isPlain = (answer.getResponseHeader("content-type") || "").startsWith("text/plain");
    trouble(isPlain ? answer.responseText : "Something went wrong here. Nothing was lost; try again.", "answer");
  });
  document.addEventListener("htmx:sendError", () => trouble("The bot cannot be reached; trying again.", "connection"));
  document.addEventListener("htmx:sseError", () => trouble("The bot cannot be reached; trying again.", "connection"));
  document.addEventListener("htmx:sseOpen", () => trouble("", "connection"));
  document.addEventListener("htmx:beforeRequest", () => {
    if (byId("trouble")?.dataset.kind === "answer") trouble("", "answer");
  });

  // The newest message is in sight, unless one reads further up.
  const isAtEnd = () => window.innerHeight + window.scrollY >= document.body.scrollHeight - 320;
  let wasAtEnd = true;
  const toEnd = () => window.scrollTo({ top: document.body.scrollHeight });
  document.addEventListener("htmx:sseBeforeMessage", () => { wasAtEnd = isAtEnd(); });
  document.addEventListener("htmx:sseMessage", () => { if (wasAtEnd) requestAnimationFrame(toEnd); });
  if (byId("threads") && !location.hash) toEnd();
})();
