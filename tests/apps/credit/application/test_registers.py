"""Registers and the virus scanner as they speak, against servers of our own that keep to what they document."""

from __future__ import annotations

import json
import socket
import struct
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from openterms.apps.credit.application import files, registers
from openterms.apps.credit.application.deciding import keep_checks, scan_again
from openterms.apps.credit.application.reads import facts_of
from openterms.apps.credit.models import Application, ApplicationCheck, ApplicationFile
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput

from .form import MANAGER, NOW, Applicant, open_form

LEI = "5493001KJTIIGC8Y1R12"
GLEIF = {
    "data": {
        "type": "lei-records", "id": LEI,
        "attributes": {
            "lei": LEI,
            "entity": {
                "legalName": {"name": "Noor Trading GmbH", "language": "de"}, "status": "ACTIVE",
                "legalAddress": {"country": "DE"}, "registeredAs": "HRB 12345", "creationDate": "2015-03-02T00:00:00Z",
            },
            "registration": {"status": "LAPSED", "nextRenewalDate": "2025-01-01T00:00:00Z"},
        },
    }
}  # fmt: skip
VALID = {
    "countryCode": "DE", "vatNumber": "136695976", "requestDate": "2026-06-01T09:00:00Z", "valid": True,
    "requestIdentifier": "", "name": "---", "address": "---",
}  # fmt: skip
BUSY = {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}


class Office(BaseHTTPRequestHandler):
    """Answers from a list, one after another, and remembers what it was asked."""

    def do_GET(self):
        self.reply(None)

    def do_POST(self):
        self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def reply(self, body):
        self.server.asked.append((self.path, body, self.headers["Accept"]))
        status, answer = self.server.answers.pop(0)
        sent = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_):
        pass


@pytest.fixture
def office(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Office)
    server.asked, server.answers = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OPENTERMS_VIES", f"{base}/vies")
    monkeypatch.setenv("OPENTERMS_GLEIF", f"{base}/gleif")
    monkeypatch.setenv("OPENTERMS_REGISTER", base + "/companies/{country}/{number}")
    monkeypatch.setattr(registers, "PAUSE_SECONDS", 0)
    yield server
    server.shutdown()
    server.server_close()


def asked_about(**company):
    row = Application(answers={"company": {"country": "DE", **company}})
    return [(one.register, registers.ask(one)) for one in registers.inquiries_of(row)]


def test_each_register_is_asked_in_its_own_words(office):
    office.answers = [(200, VALID), (200, GLEIF), (200, {"name": "Noor", "status": "dormant"})]
    found = dict(asked_about(vat="DE136695976", lei=LEI, register="HRB 1/2"))
    assert office.asked == [
        ("/vies/check-vat-number", {"countryCode": "DE", "vatNumber": "136695976"}, "application/json"),
        (f"/gleif/lei-records/{LEI}", None, "application/vnd.api+json"),
        ("/companies/DE/HRB%201%2F2", None, "application/json"),
    ]
    assert (found["vies"].outcome, found["vies"].name) == ("found", "")
    assert (found["gleif"].name, found["gleif"].status) == ("Noor Trading GmbH", "active")
    assert found["gleif"].registered_on == date(2015, 3, 2) and found["gleif"].said["lei_status"] == "LAPSED"
    assert (found["company"].outcome, found["company"].status) == ("found", "dormant")


@pytest.mark.parametrize(
    ("answers", "outcome", "times"),
    [
        ([(200, VALID | {"valid": False})], "not_found", 1),
        ([(400, {"errorWrappers": [{"error": "INVALID_INPUT"}]})], "not_found", 1),
        ([(200, BUSY), (200, VALID)], "found", 2),
        ([(200, BUSY), (200, BUSY)], "unreachable", 2),
        ([(503, b"<html>"), (503, b"")], "unreachable", 2),
        ([(200, b"\xff not json")], "unreachable", 1),
        ([(200, [])], "unreachable", 1),
        ([(200, {"valid": "yes"})], "unreachable", 1),
        ([(403, {"errorWrappers": [{"error": "IP_BLOCKED"}]})], "unreachable", 1),
    ],
)
def test_what_vies_says_and_when_it_is_asked_again(office, answers, outcome, times):
    office.answers = list(answers)
    ((_register, answer),) = asked_about(vat="DE136695976")
    assert (answer.outcome, len(office.asked)) == (outcome, times)


def test_not_found_is_said_only_where_it_was(office):
    office.answers = [(404, {"errors": [{"status": "404"}]}), (404, b"")]
    found = dict(asked_about(lei=LEI, register="1"))
    assert {name: one.outcome for name, one in found.items()} == {"gleif": "not_found", "company": "not_found"}
    assert found["company"].status == "not_found"


def test_a_register_that_is_not_there_is_not_reachable(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OPENTERMS_VIES", f"http://127.0.0.1:{free.getsockname()[1]}")
        monkeypatch.setattr(registers, "PAUSE_SECONDS", 0)
        assert [answer.outcome for _register, answer in asked_about(vat="DE136695976")] == ["unreachable"]
    monkeypatch.setenv("OPENTERMS_VIES", "file:///etc/passwd")
    assert [answer.outcome for _register, answer in asked_about(vat="DE136695976")] == ["unreachable"]
    monkeypatch.setenv("OPENTERMS_VIES", "")
    assert asked_about(vat="DE136695976") == [] and asked_about(vat="US12") == []


class Scanner:
    """clamd's INSTREAM: reads chunks to the empty one, answers by what it finds."""

    def __init__(self, answer=None):
        self.socket, self.answer = socket.create_server(("127.0.0.1", 0)), answer
        self.seen = b""
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def serve(self):
        while True:
            try:
                wire, _ = self.socket.accept()
            except OSError:
                return
            with wire, wire.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                self.seen = b""
                while length := struct.unpack("!L", stream.read(4))[0]:
                    self.seen += stream.read(length)
                found = b"Eicar-Test-Signature FOUND" if b"EICAR" in self.seen else b"OK"
                wire.sendall(self.answer or b"stream: " + found + b"\0")


PDF = b"%PDF-1.7\n" + b"x" * 200_000 + b"\n%%EOF\n"


@pytest.fixture
def home_files(tmp_path, settings):
    settings.FILES_FOLDER = tmp_path / "files"
    return settings.FILES_FOLDER


@pytest.fixture
def applicant(committed, new_seller, home_files):
    seller = new_seller("EUR", "DE", enter=False)
    open_form(seller)
    return Applicant(seller)


def test_a_file_is_scanned_before_it_is_kept(applicant, monkeypatch, home_files):
    scanner = Scanner()
    monkeypatch.setenv("OPENTERMS_CLAMD", scanner.address)
    kept = applicant.file(PDF, name="C:\\x\\../deed.pdf")
    assert (kept.state, kept.name, kept.media_type) == ("clean", "deed.pdf", "application/pdf")
    assert scanner.seen == PDF and files.content_of(kept.digest, kept.state) == PDF
    assert files.path_of(kept.digest, "clean").stat().st_mode & 0o077 == 0
    assert applicant.file(PDF).id == kept.id, "the same file is kept once"
    with pytest.raises(BadInput, match="refused this file"):
        applicant.file(PDF.replace(b"xx", b"EICAR", 1))
    with acting(applicant.seller.id):
        assert ApplicationFile.objects.filter(application_id=applicant.id).count() == 1
    assert len([one for one in home_files.rglob("*") if one.is_file()]) == 1


@pytest.mark.parametrize(
    ("answer", "state", "is_there"), [(None, "clean", True), (b"stream: X FOUND\0", "infected", False)]
)
def test_without_an_answer_a_file_waits_in_quarantine(applicant, monkeypatch, home_files, answer, state, is_there):
    silent = Scanner(b"INSTREAM size limit exceeded. ERROR\0")
    monkeypatch.setenv("OPENTERMS_CLAMD", silent.address)
    kept = applicant.file(PDF)
    assert kept.state == "waiting" and files.content_of(kept.digest, "clean") is None
    with acting(applicant.seller.id):
        assert scan_again(applicant.seller, MANAGER, kept.id, NOW).state == "waiting"
        monkeypatch.setenv("OPENTERMS_CLAMD", Scanner(answer).address)
        found = scan_again(applicant.seller, MANAGER, kept.id, NOW)
    assert found.state == state and (files.content_of(kept.digest, "clean") == PDF) is is_there
    assert files.content_of(kept.digest, "waiting") is None


def test_answers_are_kept_with_their_instant_and_reach_the_facts(applicant, office):
    applicant.save("company", lei=LEI)
    office.answers = [(200, VALID), (200, GLEIF)]
    row = applicant.row()
    with acting(applicant.seller.id):
        answers = [(one, registers.ask(one)) for one in registers.inquiries_of(row)]
        keep_checks(applicant.seller, MANAGER, row.id, answers, NOW)
        kept = ApplicationCheck.objects.filter(application=row).order_by("-register")
        assert [(one.register, one.outcome, one.checked_at) for one in kept] == [
            ("vies", "found", NOW), ("gleif", "found", NOW),
        ]  # fmt: skip
        assert facts_of(row)["register_status"] == "active" and facts_of(row)["months_trading"] == 134
