"""Bank formats, each by its rules: signs, days, parties, control totals, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.cash.statement import Proof, identities, proof_of
from openterms.formats.bank.faults import BadFile
from openterms.formats.bank.reading import detect, read_bank_file
from openterms.formats.bank.table import CsvMap

HEAD = ":20:X\r\n:25:DE89370400440532013000\r\n:28C:7/1\r\n"


def swift(*rows, opening="C260614EUR1000,00", closing="C260615EUR2240,00"):
    return "\r\n".join([HEAD + f":60F:{opening}", *rows, f":62F:{closing}", "-", ""]).encode()


def camt(entries, version="08", kind="Stmt", message="BkToCstmrStmt", number="053", balances=""):
    return (
        f'<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{number}.001.{version}">'
        f"<{message}><{kind}><Id>S1</Id><Acct><Id><IBAN>DE89</IBAN></Id></Acct>{balances}\n{entries}</{kind}>"
        f"</{message}></Document>"
    ).encode()


def ntry(amount, mark="CRDT", currency="EUR", more="", reversal=""):
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{reversal}<Sts>BOOK</Sts>'
        f"<BookgDt><Dt>2026-06-15</Dt></BookgDt>{more}</Ntry>\n"
    )


def only(content, name="june", layout=None):
    (statement,) = read_bank_file(content, name, layout).statements
    return statement


class TestMt940:
    def test_an_entry_says_all_it_says(self):
        """TV-83."""
        statement = only(swift(":61:2606150615C1250,00NTRFINV-1001//BANKREF1", ":61:260615D10,NCHGNONREF"))
        first, second = statement.entries
        assert (first.value_on, first.booked_on) == (date(2026, 6, 15), date(2026, 6, 15))
        assert (first.minor, first.kind) == (125000, "NTRF")
        assert (first.reference, first.bank_reference) == ("INV-1001", "BANKREF1")
        assert (second.minor, second.reference) == (-1000, "")
        assert proof_of(statement) is Proof.PROVED  # TV-85
        assert (statement.number, statement.account) == ("7/1", "DE89370400440532013000")

    @pytest.mark.parametrize(
        ("line", "minor", "is_reversal"),
        [("CR1250,00", 125000, False), ("RC1250,00", -125000, True), ("D10,", -1000, False), ("RD10,5", 1050, True)],
    )
    def test_marks(self, line, minor, is_reversal):
        """TV-84: CR is a credit with a funds code, RC a credit taken back."""
        (entry,) = only(swift(f":61:260615{line}NTRFNONREF")).entries
        assert (entry.minor, entry.is_reversal) == (minor, is_reversal)

    def test_the_year_of_the_entry_day_comes_from_the_value_day(self):
        entries = only(swift(":61:2512310102C1,00NTRFNONREF", ":61:2601021231C1,00NTRFNONREF")).entries
        assert [entry.booked_on for entry in entries] == [date(2026, 1, 2), date(2025, 12, 31)]

    @pytest.mark.parametrize(
        ("currency", "written", "minor"), [("KWD", "1,500", 1500), ("JPY", "1500,", 1500), ("EUR", "1,5", 150)]
    )
    def test_currencies_have_their_own_decimals(self, currency, written, minor):
        statement = only(
            swift(
                f":61:260615C{written}NTRFNONREF", opening=f"C260614{currency}0,",
                closing=f"C260615{currency}{written}",
            )
        )
        assert (statement.entries[0].minor, proof_of(statement)) == (minor, Proof.PROVED)

    def test_german_and_dutch_words(self):
        german = ":86:166?00GUTSCHRIFT?20EREF+E-77?21SVWZ+INV-1 and?22 INV-2?30DEUTDEFF?31DE02?32Muller?33 GmbH"
        dutch = ":86:/TRTP/SEPA/IBAN/NL02/BIC/RABONL2U/NAME/Jansen BV/REMI/RF18539007547034/EREF/NOTPROVIDED"
        first, second = only(
            swift(":61:260615C1,00NTRFNONREF", german, ":61:260615C1,00NTRFNONREF", dutch)
        ).entries
        one, two = first.details[0], second.details[0]
        assert (one.payer, one.payer_account) == ("Muller GmbH", "DE02")
        assert (one.end_to_end, one.text) == ("E-77", "INV-1 and INV-2")
        assert (two.payer, two.reference, two.end_to_end) == ("Jansen BV", "RF18539007547034", "")

    def test_every_wrong_line_is_told_at_once(self):
        content = swift(":61:26AB15C1,00NTRF", ":61:260615C1,234NTRF", ":61:261340C1,00NTRF")
        with pytest.raises(BadFile) as refused:
            read_bank_file(content, "june.sta")
        assert [one.where for one in refused.value.faults] == [f"june.sta, line {line}" for line in (5, 6, 7)]
        assert "is not an entry" in str(refused.value.faults[0])

    @pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "utf-8-sig"])
    def test_encodings(self, encoding):
        content = swift(":61:260615C1240,00NTRFNONREF", ":86:Zahlung Müller").decode().encode(encoding)
        assert only(content).entries[0].details[0].text == "Zahlung Müller"

    def test_a_nul_is_refused_where_it_stands(self):
        with pytest.raises(BadFile, match="june, line 2: this is not text"):
            read_bank_file(b":20:X\n:25:\0\n", "june")

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, 400))
    def test_cut_anywhere_it_is_refused_or_whole(self, at):
        """No prefix of a statement is taken for less money than the whole."""
        content = swift(":61:260615C1250,00NTRFINV-1001//B1", ":86:INV-1001", ":61:260615D10,NCHGNONREF")
        try:
            found = read_bank_file(content[:at], "cut").statements
        except BadFile as error:
            assert error.where.startswith("cut, line ")
        else:
            assert sum(len(one.entries) for one in found) in (0, 2)
            assert all(proof_of(one) != Proof.UNSTATED for one in found)


class TestCamt:
    @pytest.mark.parametrize(
        ("number", "kind", "message"),
        [
            ("052", "Rpt", "BkToCstmrAcctRpt"), ("053", "Stmt", "BkToCstmrStmt"),
            ("054", "Ntfctn", "BkToCstmrDbtCdtNtfctn"),
        ],
    )
    def test_the_mark_alone_says_the_sign(self, number, kind, message):
        """TV-86; only a statement (053) books, the others announce."""
        back = "<RvslInd>true</RvslInd>"
        entries = ntry("1250.00") + ntry("1250.00", "DBIT", reversal=back) + ntry("10", reversal=back)
        statement = only(camt(entries, kind=kind, message=message, number=number))
        assert [(entry.minor, entry.is_reversal) for entry in statement.entries] == [
            (125000, False), (-125000, True), (1000, True),
        ]  # fmt: skip
        assert statement.is_interim is (number != "053")

    def test_a_batch_is_its_payments_where_they_add_up(self):
        def part(amount, payer, text):
            return (
                f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><RltdPties><Dbtr><Pty><Nm>{payer}</Nm></Pty></Dbtr></RltdPties>'
                f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
            )

        whole = f"<NtryDtls>{part('60', 'Acme', 'INV-1')}{part('40.50', 'Bolt', 'INV-2')}</NtryDtls>"
        broken = whole.replace("40.50", "40.51")
        first, second = only(camt(ntry("100.50", more=whole) + ntry("100.50", more=broken))).entries
        assert [(one.minor, one.payer, one.text) for one in first.details] == [
            (6000, "Acme", "INV-1"), (4050, "Bolt", "INV-2"),
        ]  # fmt: skip
        assert [(one.minor, one.text) for one in second.details] == [(10050, "INV-1 INV-2")]

    def test_entities_are_refused_before_they_are_read(self):
        for declared in ('<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">', '<!ENTITY x SYSTEM "file:///etc/passwd">'):
            bomb = camt(ntry("1")).replace(b"<Document", f"<!DOCTYPE d [{declared}]>\n<Document".encode(), 1)
            with pytest.raises(BadFile, match=r"bomb\.xml, line 2: a document type declaration is not allowed"):
                read_bank_file(bomb, "bomb.xml")
        with pytest.raises(BadFile, match="nested too deep"):
            read_bank_file(camt("<a>" * 500 + "</a>" * 500), "deep.xml")

    def test_cut_in_the_middle(self):
        content = camt("".join(ntry(str(one)) for one in range(1, 9)))
        with pytest.raises(BadFile, match=r"cut\.xml, line 6: "):
            read_bank_file(content[: content.index(b"<Amt Ccy=\"EUR\">4<") + 5], "cut.xml")

    def test_an_account_has_one_currency(self):
        with pytest.raises(BadFile, match="an entry in USD on an account in EUR"):
            read_bank_file(camt(ntry("1") + ntry("1", currency="USD")), "two.xml")


class TestBai2:
    FILE = (
        "01,BANKID,CUST01,260615,0600,1,,,2/\n02,CUST01,BANKID,1,260614,2400,USD,2/\n"
        "03,123456789,USD,010,100000,,,015,350000,,/\n16,195,250000,Z,BR001,CR001,WIRE ACME INV-1001\n"
        "49,700000,3/\n98,700000,1,5/\n99,700000,1,7/"
    )

    def test_totals_and_counts_are_checked(self):
        """TV-87."""
        statement = only(self.FILE.encode())
        (entry,) = statement.entries
        assert (entry.minor, entry.bank_reference, entry.reference) == (250000, "BR001", "CR001")
        assert entry.details[0].text == "WIRE ACME INV-1001"
        assert proof_of(statement) is Proof.PROVED
        for wrong in ("49,700001,3/", "49,700000,4/"):
            with pytest.raises(BadFile, match="june, line 5: the trailer says"):
                read_bank_file(self.FILE.replace("49,700000,3/", wrong).encode(), "june")

    def test_a_file_without_its_end_is_refused(self):
        for kept in range(1, 7):
            with pytest.raises(BadFile, match=f"june, line {kept}: the file ends in the middle"):
                read_bank_file("\n".join(self.FILE.split("\n")[:kept]).encode(), "june")

    @pytest.mark.parametrize("funds", ["V,260615,0700", "S,1,2,3", "D,2,0,1,1,2", "Z", ""])
    def test_funds_types_bring_their_own_fields(self, funds):
        (entry,) = only(self.FILE.replace("250000,Z,", f"250000,{funds},").encode()).entries
        assert (entry.bank_reference, entry.details[0].text) == ("BR001", "WIRE ACME INV-1001")


class TestOfx:
    ONE = (
        "OFXHEADER:100\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD\n<BANKACCTFROM>"
        "<BANKID>B1\n<ACCTID>42\n"
        "</BANKACCTFROM><BANKTRANLIST>\n<STMTTRN><TRNTYPE>CREDIT\n<DTPOSTED>20260615120000[0:GMT]\n<TRNAMT>+12.50\n<FITID>F1\n"
        "<NAME>Müller &amp; Co\n<MEMO>INV-1\n</STMTTRN></BANKTRANLIST><LEDGERBAL>"
        "<BALAMT>112.50<DTASOF>20260615</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )

    def test_sgml_without_end_tags(self):
        statement = only(self.ONE.encode("cp1252"))
        (entry,) = statement.entries
        assert (entry.minor, entry.booked_on, entry.bank_reference) == (1250, date(2026, 6, 15), "F1")
        assert (entry.details[0].payer, entry.details[0].text) == ("Müller & Co", "INV-1")
        assert (statement.account, statement.closing.minor, proof_of(statement)) == ("B1/42", 11250, Proof.UNSTATED)

    def test_what_is_refused(self):
        with pytest.raises(BadFile, match="ends in the middle"):
            read_bank_file(self.ONE[:-6].encode("cp1252"), "june")
        with pytest.raises(BadFile, match="june, line 10: 'x' is not an amount in USD"):
            read_bank_file(self.ONE.replace("+12.50", "x").encode("cp1252"), "june")
        with pytest.raises(BadFile, match="document type"):
            read_bank_file(self.ONE.replace("<OFX>", '<!DOCTYPE a [<!ENTITY b "c">]><OFX>').encode(), "june")


class TestCsv:
    LAYOUT = CsvMap.of(
        {
            "columns": {"date": "Tag", "amount": "Betrag", "text": "Zweck", "balance": "Saldo"},
            "delimiter": ";", "decimal": ",", "dates": "dmy", "account": "DE89", "currency": "EUR",
        },
        "map.yaml",
    )  # fmt: skip

    def test_newest_on_top_is_turned_round_and_proved(self):
        rows = "Tag;Zweck;Betrag;Saldo\n02.04.2026;Gutschrift;3.500,00;4.500,00\n01.04.2026;Miete;-1.234,56;1.000,00\n"
        statement = only(rows.encode("cp1252"), layout=self.LAYOUT)
        assert [entry.minor for entry in statement.entries] == [-123456, 350000]
        assert (statement.opening.minor, statement.closing.minor) == (223456, 450000)
        assert proof_of(statement) is Proof.PROVED

    def test_wrong_rows_and_maps_are_named(self):
        with pytest.raises(BadFile) as refused:
            read_bank_file(b"Tag;Zweck;Betrag;Saldo\n02.04.2026;a;12..34;\n31.02.2026;b;1,00;\n", "a.csv", self.LAYOUT)
        assert [one.where for one in refused.value.faults] == ["a.csv, line 2", "a.csv, line 3"]
        with pytest.raises(BadFile, match="the column Betrag is missing"):
            read_bank_file(b"Tag;Zweck;Saldo\n", "a.csv", self.LAYOUT)
        with pytest.raises(BadInput, match=r"columns\.colour"):
            CsvMap.of({"columns": {"date": "a", "amount": "b", "colour": "c"}}, "map.yaml")


def test_what_is_no_bank_file():
    assert detect(b"%PDF-1.7") is None
    for content in (b"", b"   \n", b"%PDF-1.7 ...", b"hello"):
        with pytest.raises(BadFile, match="x, line 1: "):
            read_bank_file(content, "x")


def test_two_equal_payments_of_one_day_are_two_and_the_same_file_names_them_again():
    content = swift(*[":61:260615C10,00NTRFINV-1"] * 2, ":61:260615C10,00NTRFINV-1//B9")
    first, again = only(content), only(content)
    names = list(identities(first.account, first.entries))
    assert len(set(names)) == 3
    assert names == list(identities(again.account, again.entries))
