"""What people call the columns: names of the target fields in six languages, as they stand in real exports.

A name is normalised before it is looked up (case, accents, signs and word breaks do not count), so each entry stands for
all its spellings. More telling names come first within a field.
"""

# ruff: noqa: E501  (lists of words)

from __future__ import annotations

from collections.abc import Mapping

_CUSTOMER = """
customer id | customer number | customer no | customer code | customer | cust id | cust no | cust number | cust
| customer account | account number | account no | account id | account code | account | debtor id | debtor number | debtor no | debtor | client id
| client number | client no | client code | client | buyer id | buyer | payer id | payer | sold to | bill to | business partner | customer external id | external id
| id cliente | codigo cliente | cod cliente | numero cliente | n cliente | cliente | cliente id | codigo do cliente | sacado
| kundennummer | kunden nr | kundennr | kunde | kunden id | debitor | debitorennummer | debitoren nr | debitorennr
| numero client | code client | no client | id client | compte client | compte | numero de client
| numero de cliente | codigo de cliente | id de cliente | deudor
| رقم العميل | كود العميل | رمز العميل | العميل | رقم الزبون | الزبون | حساب العميل
"""
_NUMBER = """
invoice number | invoice no | invoice num | invoice nr | invoice id | invoice | inv number | inv no | inv num | inv id | inv | document number | document no | document id
| doc number | doc no | doc id | document | bill number | bill no | bill id | voucher no | voucher number | number | no | invoice ref | invoice reference
| numero fatura | numero da fatura | n fatura | fatura | nota fiscal | numero nota fiscal | numero documento | numero do documento | nf | nfe | documento | duplicata
| rechnungsnummer | rechnungs nr | rechnungsnr | rechnung nr | rechnung | belegnummer | beleg nr | belegnr
| numero facture | numero de facture | no facture | n facture | facture | piece | numero piece | numero de piece
| numero de factura | numero factura | n factura | factura | folio | comprobante
| رقم الفاتورة | الفاتورة | رقم المستند | رقم السند
"""
_ISSUED = """
invoice date | issue date | issued on | issued | date issued | document date | doc date | bill date | billing date | inv date | posting date | date of issue | date
| data emissao | data de emissao | emissao | data fatura | data da fatura | data emissao documento | data documento | data
| rechnungsdatum | belegdatum | ausstellungsdatum | datum | buchungsdatum
| date facture | date de facture | date emission | date d emission | date piece
| fecha factura | fecha de factura | fecha emision | fecha de emision | fecha documento | fecha
| تاريخ الفاتورة | تاريخ الاصدار | تاريخ المستند | التاريخ
"""
_DUE = """
due date | due on | due | date due | payment due date | payment due | net due date | maturity | maturity date | pay by
| data vencimento | data de vencimento | vencimento
| falligkeitsdatum | fallig am | falligkeit | faellig am | faelligkeit | faelligkeitsdatum | zahlbar bis | nettofalligkeit
| date echeance | date d echeance | echeance | date limite
| fecha vencimiento | fecha de vencimiento | vencimiento
| تاريخ الاستحقاق | الاستحقاق
"""
_SETTLED = """
settled date | settled on | settlement date | settled | paid date | paid on | date paid | payment date | clearing date | cleared on | clear date | date settled | closed on
| data pagamento | data de pagamento | pago em | liquidado em | data liquidacao
| zahlungsdatum | bezahlt am | ausgleichsdatum | zahldatum
| date paiement | date de paiement | date reglement | date de reglement | paye le | regle le
| fecha pago | fecha de pago | fecha cobro | pagado el
| تاريخ السداد | تاريخ الدفع | تاريخ التسديد
"""
_AMOUNT = """
invoice amount | invoice total | total amount | gross amount | amount | total | amount due | total due | gross | gross total | invoice value | value | document amount | amt | grand total | open amount | original amount
| valor a pagar | valor | valor total | valor fatura | valor da fatura | valor bruto | valor nominal
| rechnungsbetrag | bruttobetrag | betrag brutto | betrag | gesamtbetrag | summe | brutto
| montant ttc | montant | montant total | total ttc | montant facture | montant brut
| importe | importe total | monto | monto total | importe bruto
| المبلغ | مبلغ الفاتورة | المبلغ الاجمالي | الاجمالي | القيمة | اجمالي الفاتورة
"""
_CURRENCY = """
currency | currency code | invoice currency | curr | ccy | iso currency
| moeda | wahrung | waehrung | wahrungscode | devise | monnaie | moneda | divisa | العملة | رمز العملة
"""
_TERMS = """
payment terms | terms | terms of payment | credit terms | payment term
| condicao de pagamento | condicoes de pagamento | prazo | zahlungsbedingung | zahlungsbedingungen | zahlungsziel
| conditions de paiement | condition de paiement | condiciones de pago | plazo | شروط الدفع
"""
_VAT = """
vat | vat amount | tax | tax amount | sales tax | gst | gst amount | iva | importe iva | imposto | valor imposto | mwst | mwst betrag | umsatzsteuer | ust | steuer | steuerbetrag
| tva | montant tva | impuesto | الضريبة | ضريبة القيمة المضافة | مبلغ الضريبة
"""
_ORDER = """
purchase order | purchase order number | po number | po no | po | customer po | order number | order no | your reference
| pedido | numero pedido | ordem de compra | bestellnummer | bestellung | bestell nr | ihre referenz
| bon de commande | commande | numero de commande | orden de compra | numero de pedido | امر الشراء | رقم امر الشراء | رقم الطلب
"""
_DESCRIPTION = """
description | text | memo | note | remarks | reason | descricao | historico | beschreibung | buchungstext | bemerkung | libelle | designation | motif | descripcion | concepto | motivo | الوصف | البيان | السبب
"""
_INVOICE = (
    _NUMBER
    + """
| applies to | applied to | applied invoice | paid invoice | for invoice | original invoice | invoice paid | gegen rechnung | fatura paga | facture payee | factura pagada | الفاتورة المسددة
"""
)
_REFERENCE = """
reference | payment reference | remittance | remittance information | payment details | narrative | ref | bank reference | referencia | referencia pagamento | identificador
| verwendungszweck | zahlungsreferenz | referenz | reference de paiement | reference paiement | libelle | concepto | referencia de pago | المرجع | مرجع الدفع | البيان
"""

CUSTOMERS: Mapping[str, str] = {
    "customer": _CUSTOMER + "| id | number | no | code | nummer | codigo | numero | الرقم | الرمز",
    "name": """customer name | name | company name | company | business name | legal name | account name | debtor name | client name | trading name
        | nome | razao social | nome cliente | nome do cliente | nome fantasia | firma | kundenname | firmenname | unternehmen
        | nom | raison sociale | nom client | nom du client | societe | nombre | razon social | nombre cliente | nombre del cliente | empresa
        | الاسم | اسم العميل | اسم الشركة | الشركة | اسم الزبون""",
    "country": "country code | country | iso country | pais | codigo pais | land | landercode | laenderkennzeichen | pays | code pays | الدولة | البلد | رمز الدولة",
    "currency": _CURRENCY,
    "group": "group | parent | parent company | customer group | group name | holding | grupo | grupo economico | konzern | gruppe | kundengruppe | groupe | maison mere | matriz | المجموعة | الشركة الام",
    "terms": _TERMS,
    "limit": """credit limit | limit | limit amount | approved limit | limite | limite de credito | limite credito | kreditlimit | kreditrahmen
        | limite de credit | plafond | encours autorise | limite de credito aprobado | حد الائتمان | الحد الائتماني""",
    "email": "email | e mail | email address | mail | billing email | invoice email | correio eletronico | e mail adresse | courriel | adresse email | correo | correo electronico | البريد الالكتروني | البريد",
    "phone": "phone | telephone | phone number | tel | mobile | telefone | fone | celular | telefon | telefonnummer | telephone numero | telefono | movil | الهاتف | رقم الهاتف | الجوال",
    "contact": "contact | contact name | contact person | attention | contato | ansprechpartner | kontakt | interlocuteur | contacto | جهة الاتصال | الشخص المسؤول",
    "locale": "language | locale | lang | idioma | sprache | langue | lingua | اللغة",
    "timezone": "timezone | time zone | tz | fuso horario | zeitzone | fuseau horaire | zona horaria | المنطقة الزمنية",
    "collector": "collector | collections owner | owner | account manager | responsible | cobrador | responsavel | sachbearbeiter | betreuer | gestionnaire | recouvreur | gestor | responsable | المحصل | المسؤول",
    "vat_number": """vat number | vat no | vat id | tax id | tax number | tin | vat registration | cnpj | nif | ust id | ustid | ust idnr | umsatzsteuer id | steuernummer
        | numero tva | no tva | tva intracommunautaire | rfc | cif | الرقم الضريبي | رقم التسجيل الضريبي""",
    "registration_number": "registration number | company number | registration no | company registration | trade register | handelsregister | hrb | siren | siret | registro mercantil | inscricao estadual | السجل التجاري | رقم السجل التجاري",
    "lei": "lei | legal entity identifier",
    "sole_trader": "sole trader | is sole trader | sole proprietor | individual | flag pf | pessoa fisica | einzelunternehmer | auto entrepreneur | entreprise individuelle | autonomo | مؤسسة فردية",
    "street": "street | address | address line 1 | address 1 | street address | endereco | logradouro | strasse | adresse | rue | direccion | calle | العنوان | الشارع",
    "city": "city | town | cidade | municipio | ort | stadt | ville | ciudad | المدينة",
    "postcode": "postcode | postal code | zip | zip code | cep | plz | postleitzahl | code postal | codigo postal | الرمز البريدي",
    "created_on": "created on | customer since | created | date created | creation date | opened on | data cadastro | cliente desde | angelegt am | kunde seit | date creation | client depuis | fecha alta | fecha de alta | تاريخ الانشاء | عميل منذ",
    "insolvent_on": "insolvent on | insolvency date | insolvenzdatum | insolvent seit | data falencia | date insolvabilite | fecha concurso | تاريخ الافلاس",
}
INVOICES: Mapping[str, str] = {
    "customer": _CUSTOMER,
    "number": _NUMBER,
    "external_id": "external id | row id | uuid | guid | unique id | transaction id | line id",
    "issued_on": _ISSUED,
    "due_on": _DUE,
    "terms": _TERMS,
    "amount": _AMOUNT,
    "currency": _CURRENCY,
    "vat": _VAT,
    "purchase_order": _ORDER,
    "description": _DESCRIPTION,
    "settled_on": _SETTLED,
    "settled_amount": """settled amount | paid amount | amount paid | amount settled | paid | valor pago | bezahlter betrag | bezahlt | montant paye | montant regle
        | importe pagado | importe cobrado | المبلغ المدفوع | المدفوع | المبلغ المسدد""",
}
RECEIPTS: Mapping[str, str] = {
    "customer": _CUSTOMER,
    "external_id": """receipt number | receipt no | receipt id | payment id | payment number | payment no | transaction id | transaction number | external id | id | number
        | numero recibo | recibo | id pagamento | zahlungsnummer | quittungsnummer | numero recu | recu | id paiement | numero de recibo | id pago | رقم الايصال | رقم السند | رقم الدفعة | رقم العملية""",
    "received_on": _SETTLED
    + """| received on | received date | date received | receipt date | value date | booking date | transaction date | received | date
        | data recebimento | recebido em | data credito | data | eingangsdatum | wertstellung | valuta | buchungsdatum | datum | date encaissement | date valeur | recu le
        | fecha valor | fecha recepcion | fecha | تاريخ الايصال | تاريخ الاستلام | تاريخ القبض | التاريخ""",
    "amount": "receipt amount | payment amount | paid amount | amount paid | amount received | received amount | paid | valor pago | valor recebido | zahlungsbetrag | zahlbetrag | montant paye | montant recu | importe pagado | importe cobrado | المبلغ المدفوع | المبلغ المستلم |"
    + _AMOUNT,
    "currency": _CURRENCY,
    "reference": _REFERENCE,
    "invoice": _INVOICE,
}
CREDIT_NOTES: Mapping[str, str] = {
    "customer": _CUSTOMER,
    "number": """credit note number | credit note no | credit note id | credit note | credit memo number | credit memo no | credit memo | credit number | cn number | cn no
        | nota de credito | numero nota de credito | gutschriftsnummer | gutschrift nr | gutschrift | numero avoir | avoir | numero de avoir | numero nota credito
        | اشعار دائن | رقم الاشعار | رقم اشعار الدائن | document number | document no | doc number | doc no | number | no""",
    "external_id": "external id | row id | uuid | guid | unique id | transaction id",
    "issued_on": "credit note date | credit date | gutschriftsdatum | date avoir | تاريخ الاشعار |" + _ISSUED,
    "amount": "credit amount | credit note amount | credit | valor credito | gutschriftsbetrag | montant avoir | importe credito |"
    + _AMOUNT,
    "currency": _CURRENCY,
    "vat": _VAT,
    "invoice": _INVOICE,
    "description": _DESCRIPTION,
}
SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "customers": CUSTOMERS,
    "invoices": INVOICES,
    "receipts": RECEIPTS,
    "credit-notes": CREDIT_NOTES,
}
# Columns worth keeping as attributes where a file has them: not facts of the ledger, but people ask for them.
ATTRIBUTES: Mapping[str, str] = {
    "order_ref": "order ref | order reference | sales order | sales order number | shop order | authorisation id | رقم طلب البيع",
    "disputed": "disputed | in dispute | dispute | is disputed | contestado | em disputa | strittig | bestritten | litige | en litige | conteste | en disputa | disputado | متنازع عليه | نزاع",
}
