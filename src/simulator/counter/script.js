// Everything works without this. It keeps the story growing, says that a call is under way, and hides the field that
// the chosen fault does not need.
"use strict";

const story = document.getElementById("story");

async function grow() {
  if (document.hidden) return;
  const query = new URLSearchParams({ since: story.dataset.last });
  if (story.dataset.visit) query.set("visit", story.dataset.visit);
  try {
    const answer = await fetch(`/journal.json?${query}`);
    if (!answer.ok) return;
    const { last, entries } = await answer.json();
    story.dataset.last = last;
    // Written by the same server that wrote this page, which escapes whatever came over the wire.
    for (const entry of entries) story.insertAdjacentHTML("beforeend", entry);
  } catch {
    // The simulator has ended, or begins again: the next time will tell.
  }
}

if (story) setInterval(grow, 2000);

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    form.querySelector(".busy").textContent = form.dataset.busy;
    form.querySelector("button").setAttribute("aria-disabled", "true");
  });
  const fault = form.elements.fault;
  const argument = form.querySelector(".argument");
  const fit = () => {
    argument.hidden = !fault.selectedOptions[0].dataset.takes;
  };
  fault.addEventListener("change", fit);
  fit();
}

// A page that comes back out of the browser's memory has sent nothing yet.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-busy]")) {
    delete form.dataset.sent;
    form.querySelector(".busy").textContent = "";
    form.querySelector("button").removeAttribute("aria-disabled");
  }
});

const number = document.getElementById("payNo");
if (number && number.value) number.select();
