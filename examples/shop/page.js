"use strict";
// The checkout's page: what is in the basket, what is asked, and what was answered, reason by reason.

const at = (id) => document.getElementById(id);
const make = (name, text, kind) => Object.assign(document.createElement(name), { textContent: text, className: kind ?? "" });
// Prices are whole cents: a sum of them is exact.
const written = (cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
let shop;
let reference;

function total() {
  return shop.articles.reduce((sum, one) => sum + one.cents * Number(at(one.code).value || 0), 0);
}

function showTotal() {
  reference = `W-${crypto.randomUUID().slice(0, 13)}`; // another basket is another order
  at("total").textContent = `${written(total())} ${shop.currency}`;
}

function show(answer) {
  const said = {
    approved: "Thank you. Your order is on account.",
    partly_approved: `${answer.approved_amount} ${answer.currency} is on account; please pay the rest now.`,
    referred: "We look at your order and tell you soon.",
    declined: "This order cannot be on account.",
  };
  const lines = [make("p", said[answer.status] ?? answer.detail ?? "Something went wrong. Please try again.")];
  for (const reason of answer.reasons ?? []) {
    lines.push(make("p", reason.message), make("p", reason.remedy, "remedy"));
  }
  if (answer.remedy) lines.push(make("p", answer.remedy, "remedy"));
  at("answer").dataset.status = answer.status;
  at("answer").replaceChildren(...lines);
}

async function showCredit() {
  const credit = await (await fetch("/credit")).json();
  const line = (credit.lines ?? []).find((one) => one.currency === shop.currency);
  if (line?.headroom) at("credit").textContent = `Available credit: ${line.headroom} ${shop.currency}.`;
}

at("order").addEventListener("submit", async (event) => {
  event.preventDefault();
  const lines = shop.articles.map((one) => ({ code: one.code, quantity: Number(at(one.code).value || 0) }));
  const body = {
    reference, lines: lines.filter((one) => one.quantity > 0), purchaser: at("purchaser").value,
    purchase_order: at("purchase_order").value, allow_partial: at("allow_partial").checked,
  };
  const answer = await fetch("/checkout", { method: "POST", body: JSON.stringify(body) });
  show(await answer.json());
  await showCredit();
});

(async () => {
  shop = await (await fetch("/shop")).json();
  at("customer").textContent = shop.customer;
  for (const one of shop.articles) {
    const row = document.createElement("tr");
    const quantity = Object.assign(document.createElement("input"), { type: "number", id: one.code, min: 0, max: 999, value: 1 });
    quantity.setAttribute("aria-label", `Quantity of ${one.name}`);
    quantity.addEventListener("input", showTotal);
    const cell = document.createElement("td");
    cell.append(quantity);
    row.append(make("td", one.name), cell, make("td", `${written(one.cents)} ${shop.currency}`));
    at("articles").append(row);
  }
  showTotal();
  await showCredit();
})();
