"""E-mail domains: whose mail it is, and which ones belong to nobody in particular."""

from __future__ import annotations

_SERVICES = """
    126.com 163.com aol.com att.net bellsouth.net bigpond.com bluewin.ch bol.com.br btinternet.com
    comcast.net cox.net fastmail.com free.fr freemail.hu freenet.de gmail.com gmx.at gmx.ch gmx.com
    gmx.de gmx.net googlemail.com hey.com hotmail.be hotmail.co.uk hotmail.com hotmail.de hotmail.es
    hotmail.fr hotmail.it icloud.com inbox.com inbox.lv laposte.net libero.it live.co.uk live.com
    live.fr live.nl mac.com mail.com mail.ee mail.ru maktoob.com me.com msn.com naver.com o2.pl
    online.no orange.fr outlook.com outlook.de outlook.fr outlook.sa pm.me proton.me protonmail.com
    qq.com rediffmail.com rocketmail.com sapo.pt sbcglobal.net seznam.cz sfr.fr sina.com sky.com
    t-online.de talktalk.net telenet.be terra.com.br tutanota.com uol.com.br verizon.net virgilio.it
    wanadoo.fr web.de wp.pl yahoo.ca yahoo.co.in yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es
    yahoo.fr yahoo.it yandex.com yandex.ru yeah.net ymail.com zoho.com
"""
FREE_MAIL = frozenset(_SERVICES.split())
"""Services where anybody has an address; a shared domain of these says nothing."""


def domain_of(address: str) -> str:
    """What follows the `@`, in small letters; empty where there is none."""
    return address.rpartition("@")[2].strip().casefold() if "@" in address else ""


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there."""
    return domain.casefold() in FREE_MAIL
