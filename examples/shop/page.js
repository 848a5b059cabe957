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
  at("apply").hidden = Boolean(line && line.limit !== null);
  if (line?.headroom) at("credit").textContent = `Available credit: ${line.headroom} ${shop.currency}.`;
}

function basket() {
  const lines = shop.articles.map((one) => ({ code: one.code, quantity: Number(at(one.code).value || 0) }));
  return {
    reference, lines: lines.filter((one) => one.quantity > 0), purchaser: at("purchaser").value,
    purchase_order: at("purchase_order").value, allow_partial: at("allow_partial").checked,
  };
}

// The buyer leaves for the application and comes back to the same order.
async function apply() {
  const body = { ...basket(), company: at("company").value };
  const answer = await (await fetch("/apply", { method: "POST", body: JSON.stringify(body) })).json();
  if (!answer.link) return show(answer);
  sessionStorage.setItem(reference, JSON.stringify(body));
  location.assign(answer.link);
}

async function comeBack(order) {
  const kept = JSON.parse(sessionStorage.getItem(order) ?? "null");
  if (kept === null) return;
  for (const one of shop.articles) at(one.code).value = kept.lines.find((line) => line.code === one.code)?.quantity ?? 0;
  for (const name of ["purchaser", "purchase_order"]) at(name).value = kept[name];
  showTotal();
  reference = order;
  const said = {
    started: "Your application is not sent yet.", submitted: "We look at your application and write to you.",
    accepted: "Your application was accepted.", declined: "We cannot give you terms.",
    withdrawn: "You have withdrawn your application.", expired: "Your application has expired.",
  };
  const found = await (await fetch(`/application?order=${encodeURIComponent(order)}`)).json();
  if (said[found.status]) at("answer").replaceChildren(make("p", said[found.status]));
  if (found.message) at("answer").append(make("p", found.message, "remedy"));
}

at("apply_now").addEventListener("click", apply);
at("order").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch("/checkout", { method: "POST", body: JSON.stringify(basket()) });
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
  const order = new URLSearchParams(location.search).get("order");
  if (order) await comeBack(order);
})();
